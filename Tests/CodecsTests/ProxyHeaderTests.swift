// PROXY headers read: both versions, every cut, and every way to get them wrong.

import Testing

@testable import Codecs

@Suite("PROXY header")
struct ProxyHeaderTests {
    private static func internet(_ source: HostAddress, _ destination: HostAddress) -> ProxyHeader.Ends {
        .internet(source: Endpoint(host: source, port: 40_000), destination: Endpoint(host: destination, port: 443))
    }

    private static let ipv4Ends = internet(.ipv4(0xc000_0201), .ipv4(0xc633_6402))
    private static let ipv6Ends = internet(
        .ipv6(high: 0x2001_0db8_0000_0000, low: 1), .ipv6(high: 0x2001_0db8_0000_0000, low: 2))

    static let lines: [(text: String, ends: ProxyHeader.Ends)] = [
        ("PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\n", ipv4Ends),
        ("PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\n", ipv6Ends),
        ("PROXY TCP6 2001:0DB8:0:0:0:0:0:1 2001:db8:0:0:0:0:0:2 40000 443\r\n", ipv6Ends),
        (
            "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 40000 443\r\n",
            internet(.ipv6(high: 0, low: 0xffff_c000_0201), .ipv6(high: 0x2001_0db8_0000_0000, low: 2))
        ),
        (
            "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
            .internet(
                source: Endpoint(host: .ipv4(0), port: 0), destination: Endpoint(host: .ipv4(.max), port: 65_535))
        ),
        ("PROXY UNKNOWN\r\n", .unknown), ("PROXY UNKNOWN \r\n", .unknown),
        ("PROXY UNKNOWN whatever  it says\u{7f}\0\r\n", .unknown),
        (
            "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            .unknown
        ),
    ]

    private static let checksum = ProxyBytes.tlv(3, [0, 0, 0, 0])
    private static let extensions =
        ProxyBytes.tlv(1, Array("h2".utf8)) + ProxyBytes.tlv(4, []) + ProxyBytes.tlv(0xea, [UInt8](repeating: 7, count: 300))

    static let blocks: [(bytes: [UInt8], ends: ProxyHeader.Ends)] = [
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4), ipv4Ends), (ProxyBytes.block(0x21, 0x12, ProxyBytes.ipv4), ipv4Ends),
        (ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv6), ipv6Ends), (ProxyBytes.block(0x21, 0x22, ProxyBytes.ipv6), ipv6Ends),
        (ProxyBytes.block(0x21, 0x31, ProxyBytes.unix), .unix), (ProxyBytes.block(0x21, 0x32, ProxyBytes.unix), .unix),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + extensions), ipv4Ends),
        (ProxyBytes.block(0x21, 0x31, ProxyBytes.unix + extensions), .unix),
        (ProxyBytes.summed(ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + checksum)), ipv4Ends),
        (ProxyBytes.summed(ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv6 + checksum + extensions)), ipv6Ends),
        (ProxyBytes.summed(ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv6 + extensions + checksum)), ipv6Ends),
        (ProxyBytes.block(0x20, 0x00), .own), (ProxyBytes.block(0x20, 0x11, ProxyBytes.ipv4), .own),
        (ProxyBytes.block(0x20, 0xff, [1, 2, 3]), .own),
        (ProxyBytes.block(0x21, 0x00), .unknown), (ProxyBytes.block(0x21, 0x01, [9, 9]), .unknown),
        (ProxyBytes.block(0x21, 0x10, ProxyBytes.ipv4), .unknown), (ProxyBytes.block(0x21, 0x20), .unknown),
        (ProxyBytes.block(0x20, 0x00, [UInt8](repeating: 1, count: 4_080)), .own),
    ]

    static let headers: [(bytes: [UInt8], header: ProxyHeader)] =
        lines.map { (Array($0.text.utf8), ProxyHeader(version: .v1, ends: $0.ends)) }
        + blocks.map { ($0.bytes, ProxyHeader(version: .v2, ends: $0.ends)) }

    @Test("is read, and what follows it is not looked at", arguments: headers.indices)
    func whole(index: Int) {
        let (bytes, header) = ProxyHeaderTests.headers[index]
        let expected = ProxyHeader.Outcome.header(header, byteCount: bytes.count)
        #expect(withGuardedBytes(bytes) { ProxyHeader.parse($0) } == expected)
        for rest in ["GET / HTTP/1.1\r\n", "\r\n", "\n", "PROXY ", "\0"] {
            #expect(withGuardedBytes(bytes + Array(rest.utf8)) { ProxyHeader.parse($0) } == expected)
        }
    }

    @Test("cut anywhere, it is incomplete, and says no more than it still needs", arguments: headers.indices)
    func cut(index: Int) {
        let bytes = ProxyHeaderTests.headers[index].bytes
        for count in 0..<bytes.count {
            guard case .incomplete(let further) = withGuardedBytes(Array(bytes[..<count]), { ProxyHeader.parse($0) }) else {
                Issue.record("\(count) bytes of \(bytes) have another answer")
                return
            }
            #expect(further >= 1 && count + further <= bytes.count)
        }
    }

    static let malformedLines: [(text: String, fault: ProxyFault)] = [
        ("GET / HTTP/1.1\r\n", .signature), ("PROXX TCP4", .signature), ("proxy TCP4", .signature),
        ("PROXY\tTCP4", .signature), ("PROXY\r\n", .signature), (" PROXY", .signature), ("\0", .signature),
        ("PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\n", .lineEnding), ("PROXY UNKNOWN\n", .lineEnding),
        ("PROXY UNKNOWN\rx", .lineEnding), ("PROXY UNKNOWN \r\r\n", .lineEnding), ("PROXY \n", .lineEnding),
        ("PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n", .lineTooLong),
        ("PROXY " + String(repeating: "x", count: 100), .lineTooLong),
        ("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n", .transport), ("PROXY tcp4 1.2.3.4 1.2.3.4 1 1\r\n", .transport),
        ("PROXY UNKNOWNX\r\n", .transport), ("PROXY \r\n", .transport), ("PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", .transport),
        ("PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", .transport),
        ("PROXY TCP4\r\n", .fields), ("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .fields),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n", .fields),
        ("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", .fields), ("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", .fields),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1  1\r\n", .fields), ("PROXY TCP6 ::1 ::1 1 \r\n", .fields),
        ("PROXY TCP4 1.2.3.4 1.2.3.256 1 1\r\n", .address), ("PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n", .address),
        ("PROXY TCP4 01.2.3.4 1.2.3.4 1 1\r\n", .address), ("PROXY TCP4 ::1 ::1 1 1\r\n", .address),
        ("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", .address), ("PROXY TCP6 ::1 ::1::1 1 1\r\n", .address),
        ("PROXY TCP6 fe80::1%1 ::1 1 1\r\n", .address), ("PROXY TCP6 [::1] ::1 1 1\r\n", .address),
        ("PROXY TCP6 ::1 12345:: 1 1\r\n", .address), ("PROXY TCP4 1.2.3.4\t1.2.3.4 1 1 1\r\n", .address),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", .port), ("PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n", .port),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", .port), ("PROXY TCP4 1.2.3.4 1.2.3.4 00 1\r\n", .port),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n", .port), ("PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n", .port),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\0\r\n", .port), ("PROXY TCP4 1.2.3.4 1.2.3.4 100000 1\r\n", .port),
        ("PROXY TCP4 1.2.3.4 1.2.3.4 0x1 1\r\n", .port), ("\r\nGET", .signature),
    ]

    static let malformedBlocks: [(bytes: [UInt8], fault: ProxyFault)] = [
        (ProxyBytes.signature.dropLast() + [0x0b], .signature), ([0x0d, 0x0d], .signature),
        (ProxyBytes.block(0x11, 0x11, ProxyBytes.ipv4), .version), (ProxyBytes.block(0x31, 0x11, ProxyBytes.ipv4), .version),
        (ProxyBytes.signature + [0x01], .version), (ProxyBytes.signature + [0x22], .command),
        (ProxyBytes.block(0x2f, 0x11, ProxyBytes.ipv4), .command),
        (ProxyBytes.block(0x21, 0x41, ProxyBytes.ipv4), .transport),
        (ProxyBytes.block(0x21, 0x13, ProxyBytes.ipv4), .transport),
        (ProxyBytes.block(0x21, 0xf0), .transport), (ProxyBytes.block(0x21, 0x03), .transport),
        (ProxyBytes.block(0x21, 0x11, length: 4_081), .oversized), (ProxyBytes.block(0x20, 0x00, length: 65_535), .oversized),
        (ProxyBytes.block(0x21, 0x11, Array(ProxyBytes.ipv4.dropLast())), .addressesCut),
        (ProxyBytes.block(0x21, 0x11), .addressesCut), (ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv4), .addressesCut),
        (ProxyBytes.block(0x21, 0x31, Array(ProxyBytes.unix.dropLast())), .addressesCut),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + [4]), .extensionCut),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + [4, 0]), .extensionCut),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + [4, 0, 1]), .extensionCut),
        (ProxyBytes.block(0x21, 0x21, ProxyBytes.ipv6 + [4, 0xff, 0xff, 1, 2, 3]), .extensionCut),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + checksum + [0, 0]), .extensionCut),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + ProxyBytes.tlv(3, [1, 2, 3])), .checksumMalformed),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + ProxyBytes.tlv(3, [1, 2, 3, 4, 5])), .checksumMalformed),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + checksum + checksum), .checksumMalformed),
        (ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + checksum), .checksumWrong),
    ]

    static let malformed = malformedLines.map { (Array($0.text.utf8), $0.fault) } + malformedBlocks.map { ($0.bytes, $0.fault) }

    @Test("says what is wrong with anything else, and more bytes do not change that", arguments: malformed.indices)
    func refused(index: Int) {
        let (bytes, fault) = ProxyHeaderTests.malformed[index]
        #expect(
            withGuardedBytes(bytes) { ProxyHeader.parse($0) } == .malformed(fault))
        #expect(withGuardedBytes(bytes + [1, 2, 3]) { ProxyHeader.parse($0) } == .malformed(fault))
        for count in 0..<bytes.count {
            switch withGuardedBytes(Array(bytes[..<count]), { ProxyHeader.parse($0) }) {
            case .header: Issue.record("\(count) bytes of \(bytes) are a header")
            case .malformed(let early): #expect(early == fault)
            case .incomplete(let further): #expect(further >= 1)
            }
        }
    }

    @Test("every fault has an example here, and words", arguments: ProxyFault.allCases)
    func everyFault(fault: ProxyFault) {
        #expect(ProxyHeaderTests.malformed.contains { $0.1 == fault } || fault == .versionNotAccepted)
        #expect(fault.words.utf8CodeUnitCount > 0)
    }

    @Test("a listener of one version refuses the other, once it is sure of it")
    func accepting() {
        let line = Array("PROXY UNKNOWN\r\n".utf8)
        let block = ProxyBytes.block(0x20, 0x00)
        for (bytes, accepted, other) in [(line, ProxyHeader.Accepted.v1, ProxyHeader.Accepted.v2), (block, .v2, .v1)] {
            withGuardedBytes(bytes) { bytes in
                #expect(ProxyHeader.parse(bytes, accepting: accepted) == ProxyHeader.parse(bytes))
                #expect(ProxyHeader.parse(bytes, accepting: other) == .malformed(.versionNotAccepted))
            }
        }
        let garbage = Array("\r\n\r\nGET".utf8)
        #expect(withGuardedBytes(garbage) { ProxyHeader.parse($0, accepting: .v1) } == .malformed(.signature))
    }

    @Test("a source is known where the header names one")
    func source() {
        #expect(ProxyHeader(version: .v2, ends: Self.ipv4Ends).source == Endpoint(host: .ipv4(0xc000_0201), port: 40_000))
        for ends in [ProxyHeader.Ends.own, .unknown, .unix] { #expect(ProxyHeader(version: .v1, ends: ends).source == nil) }
    }

    @Test("the longest line has its end in the last two bytes that are allowed")
    func longestLine() {
        let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n"
        #expect(longest.utf8.count == 107)
        #expect(
            withGuarded(longest) { ProxyHeader.parse($0) } == .header(ProxyHeader(version: .v1, ends: .unknown), byteCount: 107)
        )
    }

    @Test("a checksum is that of its definition")
    func checksum() {
        var sum = CRC32C()
        withGuarded("123456789") { sum.add($0) }
        #expect(sum.value == 0xe306_9283)
        #expect(CRC32C().value == 0)
    }

    @Test("every flipped bit of a header with a checksum is noticed")
    func flippedBits() {
        let bytes = ProxyBytes.summed(
            ProxyBytes.block(0x21, 0x11, ProxyBytes.ipv4 + Self.checksum + ProxyBytes.tlv(4, [0, 0])))
        for index in 16..<28 {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                #expect(withGuardedBytes(flipped) { ProxyHeader.parse($0) } == .malformed(.checksumWrong))
            }
        }
    }

    @Test("mutated headers have an answer, and a cut never has a better one", arguments: [UInt64](1...8))
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bases = ProxyHeaderTests.headers.map(\.bytes).filter { $0.count < 512 }
        let letters = Array("PROXYTCP46UNKNOW 0123456789.:af\r\n\0".utf8) + [0x20, 0x21, 0x11, 0x31, 0xff, 3, 4]
        for _ in 0..<2_000 {
            let bytes = generator.mutated(bases.randomElement(using: &generator) ?? [], letters: letters)
            let outcome = withGuardedBytes(bytes) { ProxyHeader.parse($0) }
            if case .header(_, let byteCount) = outcome { #expect(byteCount <= bytes.count, "seed \(seed)") }
            let count = Int.random(in: 0...bytes.count, using: &generator)
            let cut = withGuardedBytes(Array(bytes[..<count])) { ProxyHeader.parse($0) }
            if case .incomplete = cut { continue }
            #expect(cut == outcome, "seed \(seed): \(count) bytes of \(bytes)")
        }
    }

    @Test("random bytes have an answer, behind a signature as well", arguments: [UInt64](1...4))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for turn in 0..<4_000 {
            var bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
            }
            switch turn % 4 {
            case 0: bytes = Array("PROXY ".utf8) + bytes
            case 1: bytes = ProxyBytes.signature + bytes
            case 2: bytes = ProxyBytes.signature + [0x21, [0x11, 0x21, 0x31][turn % 3], 0, UInt8(turn % 256)] + bytes
            default: break
            }
            withGuardedBytes(bytes) { _ = ProxyHeader.parse($0) }
        }
    }
}
