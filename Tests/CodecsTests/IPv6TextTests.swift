// IPv6 addresses: every form of RFC 4291 read, the one of RFC 5952 written.

import Codecs
import Glibc
import Testing

@Suite("IPv6 text")
struct IPv6TextTests {
    /// What is written, and what it is written back as.
    static let forms: [(String, String)] = [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"), ("0:0:0:0:0:0:0:1", "::1"),
        ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"), ("ff01::101", "ff01::101"),
        // One group of zeros is not shortened (RFC 5952 section 4.2.2).
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // The longest run is, and the first of two equals (section 4.2.3).
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:0:0:0:2:0:0:0", "1::2:0:0:0"), ("0:0:1:0:0:0:0:0", "0:0:1::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        // Dotted quads are read anywhere at the end, and written where IPv4 is mapped (section 5).
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"), ("::FFFF:c000:201", "::ffff:192.0.2.1"),
        ("::13.1.68.3", "::d01:4403"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("1::1.2.3.4", "1::102:304"),
        ("fe80::a", "fe80::a"), ("::ffff:0:0", "::ffff:0.0.0.0"),
        (
            "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
            "abcd:ef01:2345:6789:abcd:ef01:2345:6789"
        ),
    ]

    @Test("reads every form and writes the recommended one", arguments: forms)
    func bothWays(text: String, canonical: String) throws {
        let halves = try #require(withGuarded(text) { IPv6Text.parse($0) })
        let address = SocketAddress.ipv6(high: halves.high, low: halves.low, port: 0, scope: 0)
        #expect(address.description == "[\(canonical)]:0")
        #expect(withGuarded(canonical) { IPv6Text.parse($0) } == halves)
    }

    @Test("places the groups in the halves")
    func halves() {
        let expected = IPv6Text.Halves(high: 0x2001_0db8_0000_0001, low: 0x0002_0003_0004_0005)
        #expect(withGuarded("2001:db8:0:1:2:3:4:5") { IPv6Text.parse($0) } == expected)
    }

    @Test(
        "refuses what is in none of the forms",
        arguments: [
            "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:",
            ":1:2:3:4:5:6:7:8",
            "1::2::3", "::1::", "1:2:3:4::5:6:7:8", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "12345::", "g::", "1:::2",
            "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::01.2.3.4", "1.2.3.4", "1.2.3.4::", "::1.2.3.4:5",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1:2:3:4:5:1.2.3.4", "::1%1", "[::1]", "::1/128", " ::1", "::1 ", "::-1", "::0x1", "1:2:3:4:5:6:7:", "::1:",
        ])
    func refused(text: String) {
        #expect(withGuarded(text) { IPv6Text.parse($0) } == nil)
    }

    @Test("never looks behind the end of a truncated address")
    func truncated() {
        for (text, _) in IPv6TextTests.forms {
            let bytes = Array(text.utf8)
            for count in 0...bytes.count {
                withGuardedBytes(Array(bytes[..<count])) { _ = IPv6Text.parse($0) }
            }
        }
    }

    @Test("agrees with inet_pton on mutated addresses", arguments: [UInt64](1...4))
    func readsAsSystem(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let base = IPv6TextTests.forms.randomElement(using: &generator)?.0 ?? ""
            let bytes = generator.mutated(base, letters: Array("0123456789abcdefABCDEF:.:".utf8))
            let expected = systemAddress(String(decoding: bytes, as: UTF8.self))
            #expect(withGuardedBytes(bytes) { IPv6Text.parse($0) } == expected, "seed \(seed): \(bytes)")
        }
    }

    @Test("agrees with inet_ntop on addresses with many zeros", arguments: [UInt64](1...4))
    func writesAsSystem(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for group in 0..<8 where Bool.random(using: &generator) {
                (bytes[group * 2], bytes[group * 2 + 1]) = (0, 0)
            }
            // glibc also writes the obsolete IPv4-compatible form (RFC 4291 section 2.5.5.1).
            guard bytes[..<12].contains(where: { $0 != 0 }) else { continue }
            var text = [CChar](repeating: 0, count: 64)
            inet_ntop(AF_INET6, bytes, &text, 64)
            let expected = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let halves = try #require(withGuarded(expected) { IPv6Text.parse($0) })
            let address = SocketAddress.ipv6(high: halves.high, low: halves.low, port: 1, scope: 0)
            #expect(address.description == "[\(expected)]:1", "seed \(seed)")
        }
    }

    private func systemAddress(_ text: String) -> IPv6Text.Halves? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        func half(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return IPv6Text.Halves(high: half(bytes[..<8]), low: half(bytes[8...]))
    }
}
