// Routes: each condition by itself, how they go together, and which rule is first.

import Testing

@testable import Balancing

@Suite("Routes")
struct RouteTests {
    private func holds(_ rule: RouteRule, _ request: WrittenRequest) throws -> Bool {
        try withRoutes([rule]) { request.match($0) == 0 }
    }

    @Test(
        "a host is compared without case, port and final dot",
        arguments: [
            ("a.com", true), ("A.COM", true), ("a.com:80", true), ("a.com:", true), ("a.com.", true), ("A.com.:8080", true),
            ("", false), ("b.com", false), ("x.a.com", false), ("a.co", false), ("a.comm", false), ("a.com..", false),
            (".", false),
            (":80", false), ("[a.com]", false),
        ])
    func exactHost(host: String, holds: Bool) throws {
        #expect(try self.holds(RouteRule(hosts: [.exact("a.com")]), WrittenRequest(host: host)) == holds)
        #expect(try self.holds(RouteRule(hosts: [.exact("A.Com.")]), WrittenRequest(host: host)) == holds)
    }

    @Test(
        "a wildcard is met at any depth below the domain, and not by the domain itself",
        arguments: [
            ("x.a.com", true), ("X.A.com:1", true), ("y.x.a.com.", true), ("a.com", false), (".a.com", false),
            ("xa.com", false),
            ("x.a.com.au", false), ("com", false), ("", false), ("x..a.com", true),
        ])
    func wildcard(host: String, holds: Bool) throws {
        #expect(try self.holds(RouteRule(hosts: [.below("a.com")]), WrittenRequest(host: host)) == holds)
    }

    @Test("an IPv6 host is compared with its brackets, which the rule may leave out", arguments: ["[::1]", "::1"])
    func ipv6Host(pattern: String) throws {
        for host in ["[::1]", "[::1]:80"] {
            #expect(try holds(RouteRule(hosts: [.exact(pattern)]), WrittenRequest(host: host)))
        }
        for host in ["[::2]", "[::1", "::1", "[", "[]:80"] {
            #expect(try !holds(RouteRule(hosts: [.exact(pattern)]), WrittenRequest(host: host)))
        }
    }

    @Test("a host of 255 bytes is looked for, a longer one is nobody's, however deep")
    func longHosts() throws {
        let longest = String(repeating: "a.", count: 125) + "b.com"
        #expect(longest.utf8.count == 255)
        for (host, found) in [
            (longest, 0), (longest + ".:80", 0), ("a" + longest, 1), (String(repeating: "x", count: 70_000), 1),
        ] {
            let number = try withRoutes([RouteRule(hosts: [.below("b.com")]), RouteRule()]) {
                WrittenRequest(host: host).match($0)
            }
            #expect(number == found)
        }
        #expect(try holds(RouteRule(hosts: [.exact(longest)]), WrittenRequest(host: longest)))
    }

    @Test("of a host's rules, those of its domains and those of any host the first in order is taken")
    func hostOrder() throws {
        let rules = [
            RouteRule(hosts: [.exact("x.b.a.com")], methods: ["PUT"]),
            RouteRule(hosts: [.below("b.a.com")], paths: [.exact("/b")]),
            RouteRule(paths: [.exact("/any")]), RouteRule(hosts: [.below("a.com"), .exact("a.com")], paths: [.exact("/a")]),
            RouteRule(hosts: [.exact("x.b.a.com")]), RouteRule(hosts: [.below("a.com")]), RouteRule(),
        ]
        let expected: [(String, String, String, Int)] = [
            ("x.b.a.com", "PUT", "/b", 0), ("x.b.a.com", "GET", "/b", 1), ("x.b.a.com", "GET", "/any", 2),
            ("x.b.a.com", "GET", "/a", 3),
            ("x.b.a.com", "GET", "/", 4), ("y.b.a.com", "PUT", "/b", 1), ("y.b.a.com", "GET", "/", 5),
            ("y.a.com", "GET", "/b", 5),
            ("a.com", "GET", "/a", 3), ("a.com", "GET", "/b", 6), ("b.com", "GET", "/any", 2), ("", "GET", "/any", 2),
            ("", "GET", "/", 6),
        ]
        try withRoutes(rules) { routes in
            for (host, method, path, number) in expected {
                #expect(
                    WrittenRequest(host: host, path: path, method: method).match(routes) == number, "\(method) \(host) \(path)")
            }
        }
    }

    @Test(
        "paths: exact, by prefix, and a prefix that ends with a slash without it too",
        arguments: [
            (.exact("/api"), "/api", true), (.exact("/api"), "/api/", false), (.exact("/api"), "/ap", false),
            (.exact("/api"), "/API", false),
            (.prefix("/api"), "/api", true), (.prefix("/api"), "/apix", true), (.prefix("/api"), "/ap", false),
            (.prefix(""), "/x", true),
            (.prefix("/api/"), "/api", true), (.prefix("/api/"), "/api/", true), (.prefix("/api/"), "/api/x", true),
            (.prefix("/api/"), "/apix", false), (.prefix("/api/"), "/ap", false), (.prefix("/"), "/", true),
            (.prefix("/"), "/x", true),
            (.prefix("/"), "*", false), (.prefix(""), "", true), (.exact("/"), "", false),
            (.expression("^/v[0-9]+/"), "/v12/x", true), (.expression("^/v[0-9]+/"), "/v/x", false),
            (.expression("v1"), "/x/v1y", true),
        ] as [(RouteRule.Path, String, Bool)])
    func paths(path: RouteRule.Path, text: String, holds: Bool) throws {
        #expect(try self.holds(RouteRule(paths: [path]), WrittenRequest(path: text)) == holds)
    }

    @Test(
        "a parameter is the first of its name, as it came",
        arguments: [
            ("k=v", true), ("a=b&k=v&c", true), ("k=x&k=v", false), ("k=v&k=x", true), ("k=vw", false), ("kk=v", false),
            ("K=v", false),
            ("k", false), ("", false), ("&&k=v", true), ("k=%76", false), ("x=k=v", false), ("k=v=", false),
        ])
    func parameter(query: String, holds: Bool) throws {
        #expect(try self.holds(RouteRule(queries: [.init("k", [.exact("v")])]), WrittenRequest(query: query)) == holds)
    }

    @Test("a parameter without a value is there, and its value is nothing")
    func emptyParameter() throws {
        for query in ["k", "k=", "a&k&b"] {
            #expect(try holds(RouteRule(queries: [.init("k")]), WrittenRequest(query: query)))
            #expect(try holds(RouteRule(queries: [.init("k", [.exact("")])]), WrittenRequest(query: query)))
            #expect(try !holds(RouteRule(queries: [.init("k", [.exact("v")])]), WrittenRequest(query: query)))
        }
        #expect(try !holds(RouteRule(queries: [.init("k")]), WrittenRequest(query: "x")))
        #expect(try holds(RouteRule(queries: [.init("k", [.prefix("ab")])]), WrittenRequest(query: "k=abc")))
        #expect(try !holds(RouteRule(queries: [.init("k", [.prefix("ab")])]), WrittenRequest(query: "k=a")))
    }

    @Test("a rule that spares who came by https is passed over, whatever else it asks for")
    func secure() throws {
        for hosts in [[], [RouteRule.Host.exact("a.com")], [.below("com")]] {
            let rules = [RouteRule(hosts: hosts, sparesSecure: true), RouteRule(hosts: hosts)]
            try withRoutes(rules) { routes in
                #expect(routes.usesScheme)
                #expect(WrittenRequest().match(routes) == 0)
                #expect(WrittenRequest(isSecure: true).match(routes) == 1)
            }
        }
        try withRoutes([RouteRule()]) { #expect(!$0.usesScheme && WrittenRequest(isSecure: true).match($0) == 0) }
    }

    @Test("of several fields of one name any will do", arguments: [0, 1, 2, 9])
    func repeatedHeaders(before: Int) throws {
        let others = (0..<before).map { ("X-A", "\($0)") }
        for behind in [[], [("x-a", "x")]] {
            let request = WrittenRequest(headers: others + [("X-B", "bad"), ("x-a", "bad")] + behind)
            #expect(try holds(RouteRule(headers: [.init("X-A", [.exact("bad")])]), request))
            #expect(try holds(RouteRule(headers: [.init("X-A", [.exact("bad")]), .init("X-B", [.prefix("ba")])]), request))
            #expect(try !holds(RouteRule(headers: [.init("X-A", [.exact("worse")])]), request))
            #expect(try !holds(RouteRule(headers: [.init("X-A", [.exact("bad")]), .init("X-C", [.prefix("")])]), request))
        }
    }

    @Test("a header is there, or has a value, by a name without case and a value with it")
    func headers() throws {
        let request = WrittenRequest(headers: [("X-Tier", "Gold"), ("X-Empty", "")])
        #expect(try holds(RouteRule(headers: [.init("x-tier")]), request))
        #expect(try holds(RouteRule(headers: [.init("X-TIER", [.exact("Gold")])]), request))
        #expect(try holds(RouteRule(headers: [.init("X-Tier", [.prefix("Go")])]), request))
        #expect(try !holds(RouteRule(headers: [.init("X-Tier", [.exact("gold")])]), request))
        #expect(try !holds(RouteRule(headers: [.init("X-Tier", [.prefix("Golden")])]), request))
        #expect(try !holds(RouteRule(headers: [.init("X-Other")]), request))
        #expect(try holds(RouteRule(headers: [.init("X-Empty")]), request))
        #expect(try holds(RouteRule(headers: [.init("X-Empty", [.exact("")])]), request))
        #expect(try !holds(RouteRule(headers: [.init("X-Other", [.exact("")])]), request))
    }

    @Test("one header said twice is any of its values, two headers are both")
    func headersTogether() throws {
        let either = RouteRule(headers: [.init("X-A", [.exact("1")]), .init("x-a", [.exact("2")])])
        #expect(try holds(either, WrittenRequest(headers: [("X-A", "2")])))
        #expect(try !holds(either, WrittenRequest(headers: [("X-A", "3")])))
        let there = RouteRule(headers: [.init("X-A", [.exact("1")]), .init("X-A")])
        #expect(try holds(there, WrittenRequest(headers: [("X-A", "3")])))
        let both = RouteRule(headers: [.init("X-A", [.exact("1")]), .init("X-B", [.exact("1")])])
        #expect(try holds(both, WrittenRequest(headers: [("X-B", "1"), ("X-A", "1")])))
        #expect(try !holds(both, WrittenRequest(headers: [("X-A", "1")])))
        try withRoutes([either, both, there]) { routes in
            let names = (0..<routes.headerNames.count).map { String(decoding: routes.headerNames.name(at: $0), as: UTF8.self) }
            #expect(names == ["x-a", "x-b"])
        }
    }

    @Test("kinds must all hold, and of one kind any")
    func kinds() throws {
        let rule = RouteRule(
            hosts: [.exact("a.com"), .exact("b.com")], paths: [.exact("/1"), .prefix("/2/"), .expression("^/3")],
            methods: ["GET", "HEAD"],
            queries: [.init("q")],
            networks: [.init(high: 0, low: 0xffff_0a00_0000, bits: 104), .init(high: 1, low: 0, bits: 64)])
        let right = WrittenRequest(host: "b.com", path: "/2", query: "q", method: "HEAD")
        #expect(try holds(rule, right))
        func wrong(_ change: (inout WrittenRequest) -> Void) throws {
            var request = right
            change(&request)
            #expect(try !holds(rule, request))
        }
        try wrong { $0.host = "c.com" }
        try wrong { $0.path = "/4" }
        try wrong { $0.query = "p" }
        try wrong { $0.method = "get" }
        try wrong { $0.source = (11, 0, 0, 1) }
        try wrong { ($0.source, $0.sourceIPv6) = (nil, (2, 0)) }
        for path in ["/1", "/2/x", "/33"] {
            var request = right
            request.path = path
            (request.source, request.sourceIPv6) = (nil, (1, .max))
            #expect(try holds(rule, request))
        }
    }

    @Test("networks of every length hold their own addresses and not the next", arguments: [0, 1, 63, 64, 65, 96, 127, 128])
    func networks(bits: Int) throws {
        let (high, low) = (UInt64(0x2001_0db8_1234_5678), UInt64(0x9abc_def0_1234_5678))
        let rule = RouteRule(networks: [.init(high: high, low: low, bits: bits)])
        func holds(_ high: UInt64, _ low: UInt64) throws -> Bool {
            try self.holds(rule, WrittenRequest(source: nil, sourceIPv6: (high, low)))
        }
        #expect(try holds(high, low))
        for bit in 0..<128 {
            let flipped = bit < 64 ? (high ^ 1 << UInt64(63 - bit), low) : (high, low ^ 1 << UInt64(127 - bit))
            #expect(try holds(flipped.0, flipped.1) == (bit >= bits), "bit \(bit)")
        }
    }

    @Test(
        "an upgrade is one of a list, without case, with a version or without",
        arguments: [
            ("websocket", true), ("WebSocket", true), ("h2c, websocket", true), ("websocket/13", true),
            (" websocket\t,x", true),
            ("", false), ("websockets", false), ("web socket", false), ("x-websocket", false), (",,", false),
        ])
    func upgrade(value: String, holds: Bool) throws {
        #expect(try self.holds(RouteRule(upgrade: "WebSocket"), WrittenRequest(upgrade: value)) == holds)
    }

    @Test("without rules nothing is found")
    func none() throws {
        try withRoutes([]) { routes in
            #expect(routes.isEmpty && !routes.usesPaths && routes.headerNames.count == 0)
            #expect(WrittenRequest().match(routes) == nil)
        }
    }

    @Test("an expression that is refused refuses the routes")
    func refused() {
        #expect(throws: ExpressionFault(offset: 1, problem: "this group is not closed")) {
            try Routes([RouteRule(paths: [.expression("^/a")]), RouteRule(paths: [.expression("a(b")])])
        }
    }

    @Test("a thousand hosts and a thousand domains each find their own")
    func manyHosts() throws {
        let rules = (0..<1_000).map { RouteRule(hosts: [.exact("host-\($0).com"), .below("domain-\($0).com")]) }
        try withRoutes(rules) { routes in
            for number in 0..<1_000 {
                #expect(WrittenRequest(host: "Host-\(number).com:80").match(routes) == number)
                #expect(WrittenRequest(host: "x.y.domain-\(number).com").match(routes) == number)
                #expect(WrittenRequest(host: "domain-\(number).com").match(routes) == nil)
            }
        }
    }

    @Test("sixteen header names are allowed")
    func sixteen() throws {
        let rules = (0..<16).map { RouteRule(headers: [.init("X-\($0)")]) }
        try withRoutes(rules) { routes in
            #expect(routes.headerNames.count == RouteHeaderNames.countMax)
            for number in 0..<16 { #expect(WrittenRequest(headers: [("x-\(number)", "")]).match(routes) == number) }
        }
    }
}
