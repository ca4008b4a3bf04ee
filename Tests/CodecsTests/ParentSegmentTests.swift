// Segments that lead upwards, in every spelling that a server may take for one.

import Codecs
import Testing

@Suite("parent segments")
struct ParentSegmentTests {
    private func isIn(_ path: [UInt8]) -> Bool {
        withGuardedBytes(path) { span in span.withUnsafeBytes { ParentSegment.isIn($0) } }
    }

    @Test(
        "are found",
        arguments: [
            "/..", "/../", "/../x", "/a/..", "/a/../b", "..", "../a", "/%2e%2e/a", "/%2E.", "/.%2e/", "/a/%2e%2E",
            "/..%2fa", "/..%2Fa", "/a%2f..", "/a%2F%2e%2e%2Fb", "/a\\..\\b", "/..\\a", "/a%5c..", "/..%5Ca", "/..;/a",
            "/a/..;x=y/b", "/..;", "/%2e%2e;a", "/./../a", "//..", "/...//..", "/..%3b/a",
        ])
    func found(path: String) {
        #expect(isIn(Array(path.utf8)))
    }

    @Test(
        "are told from others",
        arguments: [
            "", "*", "/", "/.", "/./", "/...", "/a/..b", "/a../b", "/a..", "/..a", "/.a.", "/. ./", "/a.b/c", "/%2e", "/%2e%2e%2e",
            "/%252e%252e/", "/%252e.", "/.;/..a", "/;..",
            "/a;../b", "/..%00", "/..%", "/..%2", "/..%zz/", "/.%2/.",
        ])
    func others(path: String) {
        #expect(!isIn(Array(path.utf8)))
    }

    @Test(
        "random paths: wherever the normalised path has fewer segments than were written, one is found",
        arguments: 1...4 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["/", "/", ".", "..", "a", "%2e", "%2F", "%", "%00", "%61", "bc"]
        var count = 0
        for _ in 0..<3_000 {
            let path =
                "/"
                + (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
            let decoded = path.replacing("%2e", with: ".").replacing("%2F", with: "/").split(separator: "/")
            let hasParent = decoded.contains("..")
            #expect(isIn(Array(path.utf8)) == hasParent, "\(path)")
            if hasParent { count += 1 }
        }
        #expect(count > 100)
    }
}
