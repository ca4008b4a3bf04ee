// What the plan makes of conditions, keys and cookies.

import Balancing
import Codecs
import Config
import Testing

@testable import Engine

@Suite("Routes, rates and cookies as shards use them")
struct PlannedRouteTests {
    /// Whether a route for the network takes a client of that address.
    private func takes(_ network: Network, _ host: HostAddress?) throws -> Bool {
        var conditions = RouteConditions()
        conditions.sources = [network]
        let routes = try Routes([RouteRule(conditions, target: .deny)])
        defer { routes.destroy() }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        return [nothing].withUnsafeBufferPointer { values in
            routes.match(
                RouteRequest(
                    host: nothing, path: nothing, query: nothing, method: nothing, address: (host?.mapped).map { ($0.high, $0.low) },
                    headerValues: values.baseAddress!, headerStarts: [0], upgrade: nothing)) == 0
        }
    }

    @Test("a route's networks hold the addresses that they hold elsewhere", arguments: [
        "::/0", "::/1", "::/63", "::/64", "::/65", "::/80", "::/81", "::/96", "::/128", "8000::/1", "2001:db8::/32", "::fffe:0:0/95", "::fffe:0:0/96",
        "0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/8", "10.1.2.3/32", "::ffff:10.0.0.0/104",
    ])
    func networks(text: String) throws {
        let network = try Network.parse(text)
        let hosts = try [
            "::", "::1", "::fffe:0:0", "::fffe:a00:1", "::fffd:0:0", "0:0:0:0:1::", "0:0:0:1::", "1::", "2001:db8::1", "2001:db9::", "8000::", "ffff::",
            "0.0.0.0", "10.0.0.1", "10.1.2.3", "127.0.0.1", "128.0.0.1", "255.255.255.255", "::ffff:10.0.0.1",
        ].map { try #require(HostAddress.parse($0)) }
        for host in hosts { try #expect(takes(network, host) == network.contains(host), "\(host)") }
        try #expect(!takes(network, nil), "a client without an address is in no network")
    }

    @Test("addresses of one IPv6 network of 64 bits have one rate, others their own")
    func addressKeys() {
        func key(_ text: String) -> UInt64 { KeyedHash.key(of: HostAddress.parse(text)!) }
        #expect(key("2001:db8::1") == key("2001:db8::ffff:1") && key("2001:db8::1") != key("2001:db8:0:1::1"))
        #expect(key("10.0.0.1") == key("::ffff:10.0.0.1") && key("10.0.0.1") != key("10.0.0.2") && key("0.0.0.1") != key("::1"))
    }

    @Test("hosts that are the same have one rate, and a long one has one as well", arguments: [0, 1, 4, 64])
    func hostKeys(room: Int) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
        defer { memory.deallocate() }
        func key(_ text: String) -> UInt64 { text.withBytes { PlannedRateLimit.key(ofHost: $0, using: memory) } }
        #expect(key("A.B") == key("a.b") && key("a.b.") == key("a.b") && key("[::A]") == key("[::a]"))
        if room >= 4 { #expect(key("a.b") != key("a.c") && key("a@") != key("a`")) }
    }

    @Test("a cookie's value names its server alone")
    func cookies() {
        var backend = Backend(name: "b", servers: (0..<100).map { Server(name: "s\($0)", address: .name(host: "h", port: 1)) })
        backend.sticky = .cookie("C")
        // One server has no cookie.
        for index in 1..<100 { backend.servers[index].cookieValue = "value-\(index)" }
        let sticky = PlannedSticky(backend, seed: 1)
        defer { sticky.destroy() }
        func server(_ value: String) -> Int? { value.withBytes { sticky.server(named: $0) } }
        for index in 1..<100 { #expect(server("value-\(index)") == index) }
        for value in ["", "value-0", "value-100", "Value-1", "value-1 ", "value-"] { #expect(server(value) == nil) }
        #expect(sticky.cookieValue(of: 0).isEmpty && sticky.maxAgeSeconds == nil && sticky.table == nil)
    }
}
