// Networks, both ways, and what is in them.

import Codecs
import Testing

@Suite("network")
struct NetworkTests {
    private func host(_ text: String) throws -> HostAddress {
        try #require(HostAddress.parse(text))
    }

    @Test(
        "reads a network and writes it with its prefix",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("10.1.2.3", "10.1.2.3/32"),
            ("255.255.255.255/32", "255.255.255.255/32"), ("128.0.0.0/1", "128.0.0.0/1"),
            ("::/0", "::/0"), ("::1", "::1/128"), ("2001:DB8::/32", "2001:db8::/32"), ("fe80::/10", "fe80::/10"),
            ("2001:db8:0:1::/64", "2001:db8:0:1::/64"), ("2001:db8::8000:0:0:0/65", "2001:db8:0:0:8000::/65"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"), ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ])
    func bothWays(text: String, expected: String) throws {
        let network = try Network.parse(text)
        #expect(network.description == expected)
        #expect(try Network.parse(network.description) == network)
    }

    @Test(
        "says what is wrong with anything else",
        arguments: [
            ("", .empty), ("/8", .addressMalformed), ("10.0.0/8", .addressMalformed), ("010.0.0.0/8", .addressMalformed),
            ("localhost", .addressMalformed), ("[::1]/128", .addressMalformed), ("10.0.0.0:80", .addressMalformed),
            ("fe80::1%2/64", .addressMalformed), (" 10.0.0.0/8", .addressMalformed),
            ("10.0.0.0/", .prefixMalformed(bitsMax: 32)), ("10.0.0.0/33", .prefixMalformed(bitsMax: 32)),
            ("10.0.0.0/08", .prefixMalformed(bitsMax: 32)), ("10.0.0.0/-1", .prefixMalformed(bitsMax: 32)),
            ("10.0.0.0/255.0.0.0", .prefixMalformed(bitsMax: 32)), ("10.0.0.0/8/8", .prefixMalformed(bitsMax: 32)),
            ("::/129", .prefixMalformed(bitsMax: 128)), ("::/1000", .prefixMalformed(bitsMax: 128)),
        ] as [(String, NetworkFault)])
    func refused(text: String, fault: NetworkFault) {
        #expect(throws: fault) { try Network.parse(text) }
        withGuarded(text) { bytes in _ = try? Network.parse(bytes) }
    }

    @Test(
        "an address within a network is told which one it is in",
        arguments: [
            ("10.0.0.1/8", "10.0.0.0/8"), ("10.0.0.1/31", "10.0.0.0/31"), ("1.2.3.4/0", "0.0.0.0/0"),
            ("2001:db8::1/32", "2001:db8::/32"), ("2001:db8:0:1::1/64", "2001:db8:0:1::/64"), ("::1/127", "::/127"),
            ("::ffff:10.0.0.1/104", "10.0.0.0/8"),
        ])
    func hostBits(text: String, expected: String) throws {
        let fault = NetworkFault.hostBitsSet(network: try Network.parse(expected))
        #expect(throws: fault) { try Network.parse(text) }
    }

    static let members: [(network: String, within: [String], outside: [String])] = [
        (
            "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
            ["9.255.255.255", "11.0.0.0", "::10.1.2.3", "::ffff:11.0.0.0", "a00::"]
        ),
        ("10.1.2.3", ["10.1.2.3"], ["10.1.2.2", "10.1.2.4"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "::1", "2001:db8::1"]),
        ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255", "0.0.0.0"]),
        (
            "2001:db8::/32", ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
            ["2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "32.1.13.184"]
        ),
        ("2001:db8::/65", ["2001:db8::7fff:ffff:ffff:ffff"], ["2001:db8::8000:0:0:0", "2001:db8:0:1::"]),
        ("2001:db8::/64", ["2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"], ["2001:db8:0:1::"]),
        ("::/0", ["::", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], ["10.0.0.1", "::ffff:10.0.0.1"]),
        ("::1", ["::1"], ["::", "::2", "127.0.0.1"]),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], ["ffff::"]),
    ]

    @Test("contains its first address and its last, and not their neighbours", arguments: members)
    func contains(text: String, within: [String], outside: [String]) throws {
        let network = try Network.parse(text)
        let list = NetworkList([network])
        defer { list.destroy() }
        for text in within {
            #expect(try network.contains(host(text)), "\(text)")
            #expect(try list.contains(host(text)), "\(text)")
        }
        for text in outside {
            #expect(try !network.contains(host(text)), "\(text)")
            #expect(try !list.contains(host(text)), "\(text)")
        }
    }

    @Test("a list without networks contains nothing")
    func empty() throws {
        let list = NetworkList([])
        defer { list.destroy() }
        #expect(list.isEmpty)
        for text in ["0.0.0.0", "10.0.0.1", "::", "::1"] { #expect(try !list.contains(host(text))) }
    }

    @Test("networks that meet, overlap or repeat are one range, and what is between others stays out")
    func merged() throws {
        let texts = [
            "10.0.1.0/24", "10.0.0.0/24", "10.0.0.128/25", "10.0.3.0/24", "255.0.0.0/8", "255.255.0.0/16", "::1", "::2/127",
        ]
        let list = NetworkList(try texts.map { try Network.parse($0) })
        defer { list.destroy() }
        #expect(!list.isEmpty)
        for text in ["10.0.0.0", "10.0.1.255", "10.0.3.7", "255.255.255.255", "::1", "::3"] {
            #expect(try list.contains(host(text)), "\(text)")
        }
        for text in ["9.255.255.255", "10.0.2.0", "10.0.2.255", "10.0.4.0", "254.255.255.255", "::", "::4"] {
            #expect(try !list.contains(host(text)), "\(text)")
        }
    }

    @Test("a list says what its networks say, one by one", arguments: [UInt64](1...8))
    func model(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func address() -> HostAddress {
            // Few bits vary, so that networks meet and addresses hit.
            let bits = UInt64(generator.next() & 0x3f)
            switch generator.next() % 4 {
            case 0: return .ipv4(UInt32(bits) << 26 | UInt32(generator.next() & 0x3))
            case 1: return .ipv6(high: 0, low: 0xffff_0000_0000 | bits << 26)
            case 2: return .ipv6(high: bits << 58, low: generator.next() & 0x3)
            default: return .ipv6(high: 0x2001_0db8 << 32, low: bits << 58)
            }
        }
        for _ in 0..<100 {
            let networks = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                let host = address().unmapped
                return Network(containing: host, prefixBits: Int.random(in: 0...Network.bitsMax(of: host), using: &generator))
            }
            let list = NetworkList(networks)
            defer { list.destroy() }
            for _ in 0..<100 {
                let host = address()
                #expect(list.contains(host) == networks.contains { $0.contains(host) }, "seed \(seed): \(host) in \(networks)")
            }
        }
    }

    @Test("mutated networks have an answer, and what is read is written and read again", arguments: [UInt64](1...4))
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let texts = NetworkTests.members.map(\.network)
        for _ in 0..<5_000 {
            let bytes = generator.mutated(texts.randomElement(using: &generator) ?? "", letters: Array("0123456789abf:./".utf8))
            guard let network = withGuardedBytes(bytes, { try? Network.parse($0) }) else { continue }
            #expect((try? Network.parse(network.description)) == network, "seed \(seed): \(bytes)")
            #expect(network.contains(network.host))
        }
    }

    @Test("a host address is a socket address without what is not the host")
    func hostAddress() {
        #expect(HostAddress(.ipv4(host: 7, port: 1)) == .ipv4(7))
        #expect(HostAddress(.ipv6(high: 1, low: 2, port: 3, scope: 4)) == .ipv6(high: 1, low: 2))
        #expect(HostAddress(.unix(path: "/a")) == nil)
        #expect(HostAddress.ipv6(high: 1, low: 0xffff_0000_0001).unmapped == .ipv6(high: 1, low: 0xffff_0000_0001))
        #expect(HostAddress.ipv4(0x0a00_0001).mapped == IPv6Text.Halves(high: 0, low: 0xffff_0a00_0001))
        #expect(HostAddress.ipv4(0x0a00_0001).description == "10.0.0.1")
        #expect(HostAddress.ipv6(high: 0, low: 1).description == "::1")
    }
}
