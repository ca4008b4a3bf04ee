// The end of a head that comes in pieces.

import Codecs
import Testing

@Suite("The end of a head")
struct HeadEndTests {
    /// Feeds the pieces until the end is found; the bytes up to it over all of them, and the finder.
    private static func find(_ pieces: [[UInt8]]) -> (count: Int?, finder: HeadEnd) {
        var finder = HeadEnd()
        var fed = 0
        for piece in pieces {
            let found = withGuardedBytes(piece) { span in span.withUnsafeBytes { finder.find($0) } }
            if let found { return (fed + found, finder) }
            fed += piece.count
            #expect(finder.seenBytes == fed)
        }
        return (nil, finder)
    }

    private static let texts = RequestTables.accepted.map(\.text) + ResponseTables.accepted.map(\.text)

    @Test("is where the parser finds it, for every split", arguments: texts.indices)
    func splits(index: Int) {
        let bytes = latin1(Self.texts[index])
        let longer = bytes + Array("\r\n\r\nGET".utf8)
        for split in 0...bytes.count {
            let (count, finder) = Self.find([Array(longer[..<split]), Array(longer[split...])])
            #expect(count == bytes.count && finder.seenBytes == bytes.count && !finder.hasBareLineFeed, "\(split)")
        }
        let (count, finder) = Self.find(longer.map { [$0] })
        #expect(count == bytes.count && finder.seenBytes == bytes.count && !finder.hasBareLineFeed)
    }

    @Test(
        "is CR LF CR LF and nothing like it",
        arguments: ["", "\r", "\r\n", "\r\n\r", "\r\nx\r\n", "a\r\r\n\r", "\r\n \r\n", "\r\n\r\r\n", "\rx\n", "a\r\n\r\u{b}\n"])
    func unlike(text: String) {
        let bytes = latin1(text)
        for split in 0...bytes.count {
            #expect(Self.find([Array(bytes[..<split]), Array(bytes[split...])]).count == nil, "\(split)")
        }
        #expect(Self.find(bytes.map { [$0] }).count == nil)
    }

    @Test(
        "a bare line feed is noticed",
        arguments: [("\n", 1), ("a\nb", 2), ("a\r\n\n", 4), ("a\r\n\r\r\n\n", 7), ("a\rb\n", 4), ("\r\n\rx\n", 5)])
    func bareLineFeed(text: String, place: Int) {
        let bytes = latin1(text)
        for split in 0...bytes.count {
            #expect(Self.find([Array(bytes[..<split]), Array(bytes[split...])]).finder.hasBareLineFeed, "\(split)")
        }
        #expect(!Self.find([Array(bytes[..<(place - 1)])]).finder.hasBareLineFeed)
    }

    @Test("in random bytes of four kinds it is the first one, for every split", arguments: [UInt64](1...4))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                [13, 10, 13, 10, 97].randomElement(using: &generator) ?? UInt8(0)
            }
            let expected = (0...bytes.count).first { $0 >= 4 && bytes[($0 - 4)..<$0] == [13, 10, 13, 10] }
            #expect(
                Self.find([bytes]).count == expected && Self.find(bytes.map { [$0] }).count == expected,
                "seed \(seed): \(bytes)")
            let split = Int.random(in: 0...bytes.count, using: &generator)
            #expect(Self.find([Array(bytes[..<split]), Array(bytes[split...])]).count == expected, "seed \(seed): \(bytes)")
        }
    }
}
