// Paths in one spelling: decoded, without doubled slashes and dot segments, never above the root.

import Codecs
import Testing

@Suite("normalised paths")
struct NormalizedPathTests {
    /// What is written, and whether it is the path itself.
    private func normalized(_ path: [UInt8]) -> (text: [UInt8], isItself: Bool) {
        withGuardedBytes(path) { span in
            span.withUnsafeBytes { path in
                withGuardedBuffer(byteCount: path.count) { buffer in
                    let normal = NormalizedPath.write(path, into: buffer)
                    return (Array(normal), normal.baseAddress == path.baseAddress)
                }
            }
        }
    }

    private func normalized(_ path: String) -> String { String(decoding: normalized(Array(path.utf8)).text, as: UTF8.self) }

    @Test(
        "what means the same is written the same",
        arguments: [
            ("/a//b", "/a/b"), ("//", "/"), ("///a///", "/a/"), ("/./a", "/a"), ("/a/.", "/a/"), ("/a/./", "/a/"), ("/.", "/"),
            ("/a/../b", "/b"), ("/a/..", "/"), ("/a/../", "/"), ("/a/b/..", "/a/"), ("/a/b/../..", "/"), ("/a/b/../../c", "/c"),
            ("/..", "/"), ("/../", "/"), ("/../../a", "/a"), ("/a/../../../b", "/b"), ("/a//../b", "/b"), ("/a/.//..//b", "/b"),
            ("/%61", "/a"), ("/%2e%2E/a", "/a"), ("/a/%2e%2e/b", "/b"), ("/a/.%2e/b", "/b"), ("/a%2Fb", "/a/b"),
            ("/a%2f%2Fb", "/a/b"),
            ("/a%2F..%2fb", "/b"), ("/x%2F..%2Fadmin/y", "/admin/y"), ("/%2e", "/"), ("/%41%5a", "/AZ"), ("/%25", "/%"),
            ("/%252e", "/%2e"),
            ("/%3f%23", "/?#"), ("/%5c..", "/\\.."), ("/a%20b+c", "/a b+c"), ("/%C3%A9", "/é"),
            ("/%00", "/%00"), ("/%00/..", "/"), ("/%", "/%"), ("/%4", "/%4"), ("/%4g", "/%4g"), ("/%%34", "/%4"),
            ("/%g1//", "/%g1/"),
        ])
    func spellings(path: String, normal: String) {
        #expect(normalized(path) == normal)
    }

    @Test(
        "one that is normal is not written again",
        arguments: [
            "/", "/a", "/a/", "/a/b.c", "/.a", "/..a", "/...", "/a./b", "/a../b", "/a/.b/..c/...", "/a\\..", "*", "", "a//b/..",
            "a%61",
        ])
    func itself(path: String) {
        let answer = normalized(Array(path.utf8))
        #expect(answer.isItself || path.isEmpty)
        #expect(answer.text == Array(path.utf8))
    }

    @Test("too little room leaves the path as it is")
    func room() {
        let path = Array("/a//b".utf8)
        path.withUnsafeBytes { path in
            withGuardedBuffer(byteCount: 4) { buffer in
                #expect(NormalizedPath.write(path, into: buffer).baseAddress == path.baseAddress)
            }
            withGuardedBuffer(byteCount: 5) { buffer in
                #expect(Array(NormalizedPath.write(path, into: buffer)) == Array("/a/b".utf8))
            }
        }
    }

    @Test(
        "random paths: as segments on a stack would have it, and what has no percent sign left is normal",
        arguments: 1...4 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["/", "/", ".", "..", "a", "%2e", "%2F", "%", "%00", "%25", "%61", "bc", "\u{e9}", "%ff"]
        var itself = 0
        for _ in 0..<3_000 {
            let path =
                "/"
                + (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
            let answer = normalized(Array(path.utf8))
            #expect(answer.text == model(Array(path.utf8)), "\(path)")
            if answer.isItself { itself += 1 }
            guard !answer.text.contains(UInt8(ascii: "%")) else { continue }
            #expect(normalized(answer.text).isItself, "\(path)")
        }
        #expect(itself > 100)
    }

    private func model(_ path: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = path[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, !"+-".contains(digits.first!),
                let value = UInt8(digits, radix: 16), value > 0
            {
                decoded.append(value)
                rest.removeFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        var stack: [[UInt8]] = []
        let segments = decoded.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
        for segment in segments {
            switch String(decoding: segment, as: UTF8.self) {
            case "", ".": break
            case "..": _ = stack.popLast()
            default: stack.append(segment)
            }
        }
        let isFolder = ["", ".", ".."].contains(String(decoding: segments.last!, as: UTF8.self))
        return [0x2f] + Array(stack.joined(separator: [0x2f])) + (isFolder && !stack.isEmpty ? [0x2f] : [])
    }
}
