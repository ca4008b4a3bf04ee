// Numbers as digits.

import Codecs
import Testing

@Suite("decimal text")
struct DecimalTextTests {
    static let numbers: [UInt64] = [0, 1, 9, 10, 11, 99, 100, 65535, 4_294_967_295, 4_294_967_296, .max - 1, .max]

    @Test("writes a number without leading zeros", arguments: numbers)
    func digits(value: UInt64) {
        #expect(written(room: DecimalText.digitsMax) { DecimalText.write(value, into: $0) } == String(value))
    }

    @Test("writes the first digits where room is short")
    func room() {
        for count in 0...6 {
            let text = written(room: count) { DecimalText.write(12345, into: $0) }
            #expect(text == String("12345".prefix(count)))
        }
    }

    @Test("writes a sign", arguments: [0, -1, 1, .min, .max] as [Int64])
    func sign(value: Int64) {
        #expect(text { DecimalText.write(value, into: &$0) } == String(value))
    }

    @Test(
        "fills up with zeros",
        arguments: [(5, 3, "005"), (5, 1, "5"), (1234, 3, "1234"), (0, 2, "00"), (7, 0, "7")] as [(UInt64, Int, String)]
    )
    func zeros(value: UInt64, digitsMin: Int, expected: String) {
        #expect(text { DecimalText.write(value, digitsMin: digitsMin, into: &$0) } == expected)
    }

    @Test("fills up with no more zeros than the longest number has digits", arguments: [20, 21, .max])
    func manyZeros(digitsMin: Int) {
        let expected = String(repeating: "0", count: 19) + "1"
        #expect(text { DecimalText.write(UInt64(1), digitsMin: digitsMin, into: &$0) } == expected)
    }

    private func text(_ write: (inout OutputSpan<UInt8>) -> Void) -> String {
        String(decoding: [UInt8](capacity: 64, initializingWith: write), as: UTF8.self)
    }
}
