// Files for the bodies of answers: read at the start, or refused with an exit status of their own.

import Config
import Glibc
import Testing

@Suite("files for answers")
struct StaticFileTests {
    /// A directory that is gone when the test is.
    private final class Folder {
        let path: String

        init() {
            var template = Array("/tmp/swivel-config-XXXXXX".utf8CString)
            path = template.withUnsafeMutableBufferPointer { letters in
                _ = mkdtemp(letters.baseAddress!)
                return String(cString: letters.baseAddress!)
            }
        }

        /// Writes a file, and answers its path.
        func write(_ name: String, _ bytes: [UInt8]) -> String {
            let file = fopen("\(path)/\(name)", "w")
            _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
            fclose(file)
            names.append(name)
            return "\(path)/\(name)"
        }

        private var names: [String] = []

        deinit {
            for name in names { unlink("\(path)/\(name)") }
            rmdir(path)
        }
    }

    private func error(_ arguments: [String]) -> UsageError? {
        do {
            _ = try Invocation.parse(arguments: arguments, environment: [:])
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a file's type goes by its ending",
        arguments: [
            ("a.html", "text/html; charset=utf-8"), ("a.HTM", "text/html; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.json", "application/json"), ("a.html.gz", "application/octet-stream"), ("html", "application/octet-stream"),
        ])
    func types(name: String, expected: String) throws {
        let folder = Folder()
        let path = folder.write(name, Array("ü\0".utf8))
        let found = try configuration(validHTTP + ["--errorfile", "503=\(path)", "-r", "path=/a -> return=404:\(path)"])
            .frontends[0]
        let file = StaticFile(path: path, bytes: Array("ü\0".utf8), contentType: expected)
        #expect(found.errorFiles == [ErrorFile(status: 503, file: file)])
        #expect(found.routes.map(\.target) == [.respond(status: 404, file)])
    }

    @Test("a name may hold a blank, but not in a variable's list")
    func blank() throws {
        let folder = Folder()
        let path = folder.write("a b.txt", [])
        let found = try configuration(validHTTP + ["-r", "path=/a ->  return=200:\(path) "]).frontends[0].routes
        #expect(found.map(\.text) == ["path=/a -> return=200:\(path)"])
        #expect(try configuration(validHTTP + ["--errorfile", "503=\(path)"]).frontends[0].errorFiles.count == 1)
    }

    @Test("is at most 1 MiB long", arguments: [1 << 20, 1 << 20 + 1])
    func size(count: Int) {
        let folder = Folder()
        let path = folder.write("a", [UInt8](repeating: 1, count: count))
        let found = error(validHTTP + ["--errorfile", "500=\(path)"])
        if count == 1 << 20 {
            #expect(found == nil)
        } else {
            let expected =
                "--errorfile: \"\(path)\" cannot be an answer: it has \(count) bytes; write a file of at most 1048576 bytes, 1m"
            #expect(found?.diagnostics.map(\.description) == [expected])
            #expect(found?.exitStatus == 65)
        }
    }

    @Test("HAProxy's files, which hold an answer with its head, are refused")
    func haproxy() {
        let folder = Folder()
        let path = folder.write("503.http", Array("HTTP/1.0 503 Service Unavailable\r\n\r\nx".utf8))
        let found = error(validHTTP + ["--errorfile", "503=\(path)"])
        let expected =
            "--errorfile: \"\(path)\" cannot be an answer: it begins with the head of an answer, and is to be the body alone; "
            + "leave out everything up to the first empty line"
        #expect(found?.diagnostics.map(\.description) == [expected])
        #expect(found?.exitStatus == 65)
    }

    @Test(
        "what cannot be read ends with 65, what is written wrongly with 64",
        arguments: [
            (
                "--errorfile", "503=/nowhere/at/all",
                "\"/nowhere/at/all\" cannot be an answer: No such file or directory; write the path of a file that can be read",
                65
            ),
            (
                "--errorfile", "503=/tmp",
                "\"/tmp\" cannot be an answer: it is a directory; write the path of a file that can be read", 65
            ),
            (
                "--errorfile", "503=/dev/zero",
                "\"/dev/zero\" cannot be an answer: it is no file with contents; write the path of a file that can be read", 65
            ),
            (
                "--route", "path=/a -> return=404:/nowhere",
                "\"/nowhere\" cannot be an answer: No such file or directory; write the path of a file that can be read", 65
            ),
            (
                "--errorfile", "503",
                "\"503\" does not say which file is for which status; write one like 503=/etc/swivel/503.html", 64
            ),
            ("--errorfile", "399=/dev/null", "\"399\" is no status of an error; write 400 to 599", 64),
            ("--errorfile", "600=/dev/null", "\"600\" is no status of an error; write 400 to 599", 64),
            ("--errorfile", "5xx=/dev/null", "\"5xx\" is no status of an error; write 400 to 599", 64),
            ("--errorfile", "503=", "\"\" names no file; write the path of a file", 64),
        ])
    func refused(flag: String, value: String, expected: String, status: Int32) {
        let found = error(validHTTP + [flag, value])
        #expect(found?.diagnostics.map(\.description) == ["\(flag): \(expected)"])
        #expect(found?.exitStatus == status)
        // One fault of what was written is enough.
        #expect(error(validHTTP + [flag, value, "--retries", "many"])?.exitStatus == 64)
    }

    @Test("the last file of a status counts, and those of a bind stand beside those of all")
    func replaced() throws {
        let folder = Folder()
        let (first, second) = (folder.write("a", [1]), folder.write("b", [2]))
        let found = try configuration(
            ["--errorfile", "503=\(first)", "--errorfile", "502=\(first)", "--bind", "a@:1", "--errorfile", "503=\(second)"]
                + words("--bind b@:2 --server s:1")
        ).frontends
        #expect(found.map { $0.errorFiles.map(\.status) } == [[503, 502], [503, 502]])
        #expect(found.map { $0.errorFiles.map(\.file.path) } == [[second, first], [first, first]])
    }

    @Test("is printed as it was named, and read back")
    func dumped() throws {
        let folder = Folder()
        let path = folder.write("a.json", Array("{}".utf8))
        let before = try configuration(validHTTP + ["--errorfile", "503=\(path)", "-r", "path=* -> return=404:\(path)"])
        let text = DumpConfig.text(of: before)
        #expect(text.contains("    errorfile:\n      - \"503=\(path)\"\n"))
        #expect(text.contains("      - match: \"path=*\"\n        return: \"404:\(path)\"\n"))
    }
}
