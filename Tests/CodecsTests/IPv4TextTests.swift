// IPv4 addresses: the strict form both ways, and every other form refused.

import Codecs
import Glibc
import Testing

@Suite("IPv4 text")
struct IPv4TextTests {
    static let pairs: [(String, UInt32)] = [
        ("0.0.0.0", 0), ("127.0.0.1", 0x7f00_0001), ("10.0.0.1", 0x0a00_0001), ("192.168.100.200", 0xc0a8_64c8),
        ("255.255.255.255", 0xffff_ffff), ("1.2.3.4", 0x0102_0304),
    ]

    @Test("reads and writes the strict form", arguments: pairs)
    func bothWays(text: String, host: UInt32) {
        #expect(withGuarded(text) { IPv4Text.parse($0) } == host)
        #expect(SocketAddress.ipv4(host: host, port: 1).description == "\(text):1")
    }

    @Test(
        "refuses what is not four numbers from 0 to 255",
        arguments: [
            "", ".", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256",
            "256.0.0.0",
            "1.2.3.999", "1.2.3.0000", "01.2.3.4", "1.02.3.4", "1.2.3.00", "0x7f.0.0.1", "1.2.3.4 ", " 1.2.3.4",
            "1.2.3.-4",
            "1.2.3.+4", "1.2.3.a", "1,2,3,4", "2130706433", "1.2.3.1000", "1.2.3.4\0", "١.2.3.4",
        ])
    func refused(text: String) {
        #expect(withGuarded(text) { IPv4Text.parse($0) } == nil)
    }

    @Test("every beginning of an address is refused but those that are one themselves")
    func truncated() {
        let bytes = Array("192.168.100.200".utf8)
        for count in 0..<bytes.count {
            let isWhole = count > "192.168.100.".utf8.count
            withGuardedBytes(Array(bytes[..<count])) { #expect((IPv4Text.parse($0) != nil) == isWhole) }
        }
    }

    @Test("agrees with inet_pton on mutated addresses", arguments: [UInt64](1...4))
    func agreesWithSystem(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let base = IPv4TextTests.pairs.randomElement(using: &generator)?.0 ?? ""
            let bytes = generator.mutated(base, letters: Array("0123456789.".utf8))
            var address = in_addr()
            let isGood = inet_pton(AF_INET, String(decoding: bytes, as: UTF8.self), &address) == 1
            let expected = isGood ? UInt32(bigEndian: address.s_addr) : nil
            #expect(withGuardedBytes(bytes) { IPv4Text.parse($0) } == expected, "seed \(seed): \(bytes)")
        }
    }
}
