// Files that are named for the bodies of our own answers, read once; and the value of `--errorfile`.
// Knows what they may be. Knows nothing of the answers.

import Glibc

extension StaticFile {
    static let bytesMax = 1 << 20

    /// The file of a path, as it is now.
    static func read(_ path: String) throws(ValueFault) -> StaticFile {
        let path = try ValueKind<String>.path.parse(path)
        // A pipe without a writer would not open otherwise.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        let failure = errno
        guard descriptor >= 0 else { throw refusal(path, unsafe String(cString: strerror(failure))) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refusal(path, "its size is not known") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw refusal(path, "it is a directory")
        default: throw refusal(path, "it is no file with contents")
        }
        guard status.st_size <= bytesMax else {
            throw refusal(path, "it has \(status.st_size) bytes", remedy: "write a file of at most \(bytesMax) bytes, 1m")
        }
        let bytes = try contents(of: descriptor, path: path)
        // HAProxy's files hold an answer with its head; ours are bodies.
        guard !bytes.starts(with: "HTTP/1.".utf8) else {
            let problem = "it begins with the head of an answer, and is to be the body alone"
            throw refusal(path, problem, remedy: "leave out everything up to the first empty line")
        }
        return StaticFile(path: path, bytes: bytes, contentType: contentType(of: path))
    }

    /// It may grow while it is read, so its size is judged again.
    private static func contents(of descriptor: Int32, path: String) throws(ValueFault) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= bytesMax {
            var failure: Int32 = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                // The buffer holds as much as is asked for.
                let received = unsafe Glibc.read(descriptor, buffer.baseAddress, 65_536)
                failure = received < 0 ? errno : 0
                count = max(received, 0)
            }
            guard failure == 0 || failure == EINTR else { throw refusal(path, unsafe String(cString: strerror(failure))) }
            if piece.isEmpty, failure == 0 { return bytes }
            bytes += piece
        }
        throw refusal(path, "it has more than \(bytesMax) bytes", remedy: "write a file of at most \(bytesMax) bytes, 1m")
    }

    private static func refusal(
        _ path: String, _ why: String, remedy: String = "write the path of a file that can be read"
    ) -> ValueFault {
        var fault = ValueFault("\(Quoted.text(path)) cannot be an answer: \(why)", remedy: remedy)
        fault.isOfData = true
        return fault
    }

    /// By the ending of its name.
    private static func contentType(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        switch name.lastIndex(of: ".").map({ name[$0...].lowercased() }) {
        case ".html", ".htm": return "text/html; charset=utf-8"
        case ".txt": return "text/plain; charset=utf-8"
        case ".json": return "application/json"
        default: return "application/octet-stream"
        }
    }
}

extension ValueKind where Value == ErrorFile {
    /// `503=/etc/swivel/503.html`.
    static var errorFile: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                guard let equals = text.firstIndex(of: "=") else {
                    let problem = "\(Quoted.text(text)) does not say which file is for which status"
                    throw ValueFault(problem, remedy: "write one like 503=/etc/swivel/503.html")
                }
                let status = String(text[..<equals])
                guard status.utf8.count == 3, status.isDigits, let number = Int(status), (400...599).contains(number) else {
                    throw ValueFault("\(Quoted.text(status)) is no status of an error", remedy: "write 400 to 599")
                }
                return ErrorFile(status: number, file: try StaticFile.read(String(text[text.index(after: equals)...])))
            },
            text: { "\($0.status)=\($0.file.path)" })
    }
}
