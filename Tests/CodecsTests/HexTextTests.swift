// 128 bits as digits.

import Codecs
import Testing

@Suite("hexadecimal text")
struct HexTextTests {
    @Test(
        "writes 32 digits, the higher half first",
        arguments: [
            (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, "0123456789abcdeffedcba9876543210"),
            (0, 0, "00000000000000000000000000000000"), (.max, .max, "ffffffffffffffffffffffffffffffff"),
            (1, 0xa << 60, "0000000000000001a000000000000000"),
        ] as [(UInt64, UInt64, String)])
    func digits(high: UInt64, low: UInt64, expected: String) {
        #expect(written(room: HexText.byteCount) { HexText.write(high: high, low: low, into: $0) } == expected)
    }

    @Test("agrees with the standard library on anything")
    func random() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            let (high, low) = (random.next(), random.next())
            let expected = [high, low].map { bits in
                let digits = String(bits, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }
            #expect(written(room: 40) { HexText.write(high: high, low: low, into: $0) } == expected.joined())
        }
    }

    @Test("without room for all of it nothing is written", arguments: [0, 1, 31])
    func room(byteCount: Int) {
        #expect(written(room: byteCount) { HexText.write(high: 1, low: 2, into: $0) } == "")
    }
}
