// Addresses with their ports, both ways, and every way to get them wrong.

import Codecs
import Testing

@Suite("address text")
struct AddressTextTests {
    static let longestPath = "/" + String(repeating: "p", count: 106)

    static let sockets: [(String, SocketAddress)] = [
        ("127.0.0.1:8080", .ipv4(host: 0x7f00_0001, port: 8080)),
        ("0.0.0.0:0", .ipv4(host: 0, port: 0)),
        ("255.255.255.255:65535", .ipv4(host: 0xffff_ffff, port: 65535)),
        ("[::]:80", .ipv6(high: 0, low: 0, port: 80, scope: 0)),
        ("[2001:db8::1]:443", .ipv6(high: 0x2001_0db8_0000_0000, low: 1, port: 443, scope: 0)),
        ("[fe80::1%2]:8000", .ipv6(high: 0xfe80_0000_0000_0000, low: 1, port: 8000, scope: 2)),
        ("[febf::1%4294967295]:1", .ipv6(high: 0xfebf_0000_0000_0000, low: 1, port: 1, scope: .max)),
        ("unix:/", .unix(path: "/")), ("unix:/run/app.sock", .unix(path: "/run/app.sock")),
        ("unix:/run/a b@c:d.sock", .unix(path: "/run/a b@c:d.sock")), ("unix:/läuft", .unix(path: "/läuft")),
        ("unix:" + longestPath, .unix(path: longestPath)),
    ]

    @Test("reads and writes socket addresses", arguments: sockets)
    func bothWays(text: String, address: SocketAddress) throws {
        #expect(try AddressText.parse(text) == .socket(address))
        #expect(address.description == text)
    }

    @Test("reads IPv6 in any form and writes the recommended one")
    func canonical() throws {
        guard case .socket(let address) = try AddressText.parse("[2001:DB8:0:0::0001]:80") else {
            Issue.record("an IPv6 address is a socket address")
            return
        }
        #expect(address.description == "[2001:db8::1]:80")
    }

    @Test("a port alone is every host", arguments: [(":0", 0), (":80", 80), (":65535", 65535)] as [(String, UInt16)])
    func everyHost(text: String, port: UInt16) throws {
        #expect(try AddressText.parse(text) == .everyHost(port: port))
    }

    @Test("a name is left to be resolved", arguments: ["localhost", "db.example.com", "my_app", "example.com."])
    func name(host: String) throws {
        #expect(try AddressText.parse(host + ":5432") == .name(host: host, port: 5432))
    }

    static let faults: [(String, AddressFault)] = [
        ("", .empty),
        ("10.0.0.1", .portMissing), ("localhost", .portMissing), ("[::1]", .portMissing),
        (":", .portMalformed), ("a:", .portMalformed), ("a:65536", .portMalformed), ("a:080", .portMalformed),
        ("a:-1", .portMalformed), ("a:+1", .portMalformed), ("a:1x", .portMalformed), ("a: 1", .portMalformed),
        ("a:99999999999999999999", .portMalformed), ("[::1]80", .portMalformed), ("[::1]:", .portMalformed),
        ("[::1]:65536", .portMalformed), ("10.0.0.1:65536", .portMalformed), (":65536", .portMalformed),
        ("a:00", .portMalformed),
        ("a b:1", .hostMalformed), ("-a:1", .hostMalformed), ("bücher.de:1", .hostMalformed),
        ("http://a:1", .hostMalformed), ("*:80", .hostMalformed), ("a/b", .hostMalformed), (" :1", .hostMalformed),
        ("x::1:80", .hostMalformed), ("a_b..c:1", .hostMalformed),
        ("10.0.0.256:80", .ipv4Malformed), ("10.0.0:80", .ipv4Malformed), ("010.0.0.1:80", .ipv4Malformed),
        ("8080", .ipv4Malformed), ("0x7f000001:80", .ipv4Malformed), ("1.2.3.4.5:80", .ipv4Malformed),
        ("[]:80", .ipv6Malformed), ("[10.0.0.1]:80", .ipv6Malformed), ("[localhost]:80", .ipv6Malformed),
        ("[::1::]:80", .ipv6Malformed), ("[[::1]]:80", .ipv6Malformed), ("[%1]:80", .ipv6Malformed),
        ("::1:80", .ipv6Unbracketed), ("::", .ipv6Unbracketed), ("2001:db8::1", .ipv6Unbracketed),
        ("::ffff:1.2.3.4:80", .ipv6Unbracketed),
        ("[::1", .bracketUnclosed), ("[", .bracketUnclosed), ("[::1:80", .bracketUnclosed),
        ("[fe80::1%eth0]:80", .zoneMalformed), ("[fe80::1%]:80", .zoneMalformed), ("[fe80::1%0]:80", .zoneMalformed),
        ("[fe80::1%01]:80", .zoneMalformed), ("[fe80::1%4294967296]:80", .zoneMalformed),
        ("[fe80::1%1%1]:80", .zoneMalformed),
        ("[::1%1]:80", .zoneMisplaced), ("[fec0::1%1]:80", .zoneMisplaced), ("[fe7f::1%1]:80", .zoneMisplaced),
        ("unix:", .unixPathRelative), ("unix:run/a", .unixPathRelative), ("unix:@abstract", .unixPathRelative),
        ("unix:" + longestPath + "p", .unixPathTooLong),
        ("unix:/a\nb", .unixPathMalformed), ("unix:/a\0b", .unixPathMalformed), ("unix:/\u{7f}", .unixPathMalformed),
    ]

    @Test("says what is wrong with anything else", arguments: faults)
    func refused(text: String, fault: AddressFault) {
        #expect(throws: fault) { try AddressText.parse(text) }
    }

    @Test("every fault has an example here", arguments: AddressFault.allCases)
    func everyFault(fault: AddressFault) {
        #expect(AddressTextTests.faults.contains { $0.1 == fault })
    }

    @Test("a path that is not UTF-8 is refused")
    func invalidPath() {
        let bytes = Array("unix:/".utf8) + [0xff, 0xfe]
        #expect(throws: AddressFault.unixPathMalformed) { try withGuardedBytes(bytes) { try AddressText.parse($0) } }
    }

    @Test("never looks behind the end of a truncated address")
    func truncated() {
        for text in AddressTextTests.sockets.map(\.0) + AddressTextTests.faults.map(\.0) {
            let bytes = Array(text.utf8)
            for count in 0...bytes.count {
                withGuardedBytes(Array(bytes[..<count])) { _ = try? AddressText.parse($0) }
            }
        }
    }

    @Test("writes as much as there is room for, and no byte more", arguments: sockets)
    func room(text: String, address: SocketAddress) {
        let bytes = Array(text.utf8)
        for count in 0...(bytes.count + 1) {
            let expected = String(decoding: bytes.prefix(count), as: UTF8.self)
            #expect(written(room: count) { AddressText.write(address, into: $0) } == expected)
        }
    }

    @Test("no address is longer than what is promised")
    func longest() {
        let address = SocketAddress.ipv6(high: .max, low: .max, port: .max, scope: .max)
        #expect(address.description == "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535")
        #expect(address.description.utf8.count <= AddressText.bytesMax)
        let path = SocketAddress.unix(path: AddressTextTests.longestPath)
        #expect(path.description.utf8.count == AddressText.bytesMax)
    }

    @Test("mutated addresses have an answer, and what is read is written and read again", arguments: [UInt64](1...4))
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let texts = AddressTextTests.sockets.map(\.0) + AddressTextTests.faults.map(\.0) + [":80", "localhost:80"]
        for _ in 0..<5_000 {
            let base = texts.randomElement(using: &generator) ?? ""
            let bytes = generator.mutated(base, letters: Array("0123456789abf:.[]%/unix:\0\u{ff} -_".utf8))
            guard case .socket(let address)? = withGuardedBytes(bytes, { try? AddressText.parse($0) }) else { continue }
            #expect((try? AddressText.parse(address.description)) == .socket(address), "seed \(seed): \(bytes)")
        }
    }

    @Test("a port can be changed where there is one", arguments: sockets)
    func withPort(text: String, address: SocketAddress) {
        let changed = address.with(port: 7)
        if address.port == nil {
            #expect(changed == address)
        } else {
            #expect(changed.port == 7)
            #expect(changed.with(port: address.port ?? 0) == address)
        }
    }
}
