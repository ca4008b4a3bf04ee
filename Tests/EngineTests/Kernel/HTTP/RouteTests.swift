// Requests that go where routes say.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: routes")
    struct RouteTests {
        /// Backends "b0", "b1", ... with one server each, the first one taking what no route takes.
        private func routed(_ routes: [Route], _ change: @escaping (inout Configuration) -> Void = { _ in }) -> (inout Configuration) -> Void {
            { configuration in
                let one = configuration.backends[0]
                configuration.backends = one.servers.enumerated().map { number, server in
                    var backend = one
                    (backend.name, backend.servers) = ("b\(number)", [server])
                    return backend
                }
                configuration.frontends[0].backend = "b0"
                configuration.frontends[0].routes = routes
                change(&configuration)
            }
        }

        private static func on(host: String, path: String = "/", _ fields: String...) -> String { on(host: host, path: path, fields) }

        private static func on(host: String, path: String = "/", _ fields: [String]) -> String {
            (["GET \(path) HTTP/1.1", "Host: \(host)"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        }

        @Test("the first route that matches takes the request, the default backend the rest", arguments: Tier.available)
        func first(tier: Tier) throws {
            let routes: [Route] = [
                .when(.backend("b1")) { $0.hosts = [.exact("a.example")] },
                .when(.backend("b2")) { $0.hosts = [.below("a.example")] },
                .when(.backend("b2")) { $0.paths = [.prefix("/api/")]; $0.methods = ["GET"] },
                .when(.backend("b1")) { $0.paths = [.expression("\\.png$")] },
                .when(.backend("b1")) { $0.headers = [NamedPattern(name: "x-v", values: [.exact("2")])] },
                .when(.backend("b2")) { $0.queries = [NamedPattern(name: "k", values: [.exact("v")])] },
            ]
            let cases: [(request: String, server: Int)] = [
                (Self.on(host: "a.example"), 1), (Self.on(host: "A.Example.:8080"), 1), (Self.on(host: "x.y.a.example"), 2),
                (Self.on(host: "ba.example"), 0), (Self.on(host: "h", path: "/api/x"), 2), (Self.on(host: "h", path: "/api"), 2),
                (Self.on(host: "h", path: "/apix"), 0), (Self.on(host: "h", path: "/x/../%61pi//y?z"), 2),
                (Self.on(host: "h", path: "/x.png"), 1), (Self.on(host: "h", path: "/x.png/y"), 0),
                (Self.on(host: "h", path: "/?x.png"), 0), (Self.on(host: "h", path: "/", "X-V: 2"), 1),
                (Self.on(host: "h", path: "/", "X-V: 3"), 0), (Self.on(host: "h", path: "/?k=v"), 2), (Self.on(host: "h", path: "/?k=w&k=v"), 0),
                (request("POST /api/x", body: "x"), 0), ("GET http://a.example/ HTTP/1.1\r\nHost: h\r\n\r\n", 1),
                ("GET http://h?k=v HTTP/1.1\r\nHost: h\r\n\r\n", 2), ("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", 1), ("GET / HTTP/1.0\r\n\r\n", 0),
            ]
            try Web.run(tier, [.serving, .serving, .serving], routed(routes)) { web in
                let client = web.client()
                for one in cases.dropLast() {
                    let said = try web.ask(client, one.request)
                    #expect(said.text.hasPrefix("s\(one.server) "), "\(one.request): \(said.text)")
                }
                try #expect(web.ask(cases.last!.request).text == "s0 /")
            }
        }

        @Test("a network is the client's own, an IPv4 client in none of IPv6", arguments: Tier.engines, [("127.0.0.0/8", 1), ("10.0.0.0/8", 0), ("::/0", 0), ("0.0.0.0/0", 1)])
        func source(tier: Tier, network: (String, server: Int)) throws {
            let parsed = try Network.parse(network.0)
            try Web.run(tier, [.serving, .serving], routed([.when(.backend("b1")) { $0.sources = [parsed] }])) { web in
                try #expect(web.ask(request("GET /")).text == "s\(network.server) /")
            }
        }

        @Test("a client without an address is in no network", arguments: Tier.engines, ["::/0", "::/128", "0.0.0.0/0"])
        func unnamedSource(tier: Tier, network: String) throws {
            let directory = TemporaryDirectory()
            let parsed = try Network.parse(network)
            let configure = routed([.when(.backend("b1")) { $0.sources = [parsed] }]) {
                $0.frontends[0].listeners = [Listener(address: .unix(path: directory.file("front")))]
            }
            try Web.run(tier, [.serving, .serving], configure) { web in try #expect(web.ask(request("GET /")).text == "s0 /") }
        }

        @Test("where there is no default backend, a request that no route takes gets 404; the connection goes on", arguments: Tier.available)
        func unrouted(tier: Tier) throws {
            let routes: [Route] = [.when(.backend("b0")) { $0.paths = [.exact("/here")] }]
            try Web.run(tier, [.serving], routed(routes) { $0.frontends[0].backend = "" }) { web in
                let client = web.client()
                for _ in 0..<2 {
                    let said = try web.ask(client, request("GET /there"))
                    #expect(said.status == 404 && said.text == "there is nothing here\n" && said["Connection"] == nil)
                    try #expect(web.ask(client, request("GET /here")).text == "s0 /here")
                }
                let malformed = try web.ask("GET / HTTP/1.1\r\n\r\n")
                #expect(malformed.status == 400)
                #expect(web.total(.unrouted) == 2 && web.total(.ownAnswers) == 3)
            }
        }

        @Test("redirects lead where their texts say, and answer HEAD and POST alike", arguments: Tier.available)
        func redirects(tier: Tier) throws {
            let routes: [Route] = [
                .when(.redirect(status: 308, url: .read("$scheme://www.$host/new$uri?$args"))) { $0.paths = [.prefix("/old/")] },
                .when(.redirect(status: 302, url: .read("https://else.example/"))) { $0.paths = [.exact("/else")] },
                .when(.redirectToHTTPS) { _ in },
            ]
            try Web.run(tier, [.serving], routed(routes)) { web in
                let client = web.client()
                let moved = try web.ask(client, Self.on(host: "a.example:8080", path: "/old/%20x?a=b"))
                #expect(moved.status == 308 && moved["Location"] == "http://www.a.example/new/old/%20x?a=b")
                #expect(moved.start == "HTTP/1.1 308 Permanent Redirect" && moved.text == "the resource is elsewhere\n" && moved["Date"] != nil)
                let head = try web.ask(client, "HEAD /else HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(head.status == 302 && head["Location"] == "https://else.example/" && head["Content-Length"] == "26")
                let secure = try web.ask(client, Self.on(host: "a.example:8080", path: "/x?y"))
                #expect(secure.status == 301 && secure["Location"] == "https://a.example/x?y")
                // The body came with its head: the next request is told from it.
                try #expect(web.ask(client, request("POST /x", body: "GET /not HTTP/1.1\r\n\r\n"))["Location"] == "https://h/x")
                try #expect(web.ask(client, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")["Location"] == "https://h/")
                #expect(web.connectionCount == 0 && web.total(.redirects) == 5 && web.total(.answers3xx) == 5)
            }
        }

        @Test("who came by https, as a trusted proxy says, is not sent there again", arguments: Tier.available)
        func secure(tier: Tier) throws {
            for isTrusted in [true, false] {
                // For all hosts, and for one of its own.
                for hosts in [[], [HostPattern.exact("h")]] {
                    let routes: [Route] = [.when(.redirectToHTTPS) { $0.hosts = hosts }, .when(.backend("b1")) { $0.hosts = hosts }]
                    let proxy = try Network.parse("127.0.0.1/32")
                    try Web.run(tier, [.serving, .serving], routed(routes) { $0.frontends[0].trustedProxies = isTrusted ? [proxy] : [] }) { web in
                        let client = web.client()
                        for proto in ["https", "HTTPS", "https, http"] {
                            let said = try web.ask(client, request("GET /x", "X-Forwarded-Proto: \(proto)"))
                            if isTrusted { #expect(said.text == "s1 /x") } else { #expect(said["Location"] == "https://h/x") }
                        }
                        for field in ["X-Forwarded-Proto: http", "X-A: https"] {
                            try #expect(web.ask(client, request("GET /x", field))["Location"] == "https://h/x")
                        }
                    }
                }
            }
        }

        @Test("HTTP/1.0 without a Host is sent to the address that it came to", arguments: Tier.available)
        func oldRedirect(tier: Tier) throws {
            try Web.run(tier, [.serving], routed([.when(.redirectToHTTPS)])) { web in
                let client = web.client("GET /x HTTP/1.0\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said["Location"] == "https://127.0.0.1/x" && said["Connection"] == "close")
                try web.expectEnd(of: client)
            }
        }

        @Test("the identity in a redirect is that of the log", arguments: Tier.available)
        func identity(tier: Tier) throws {
            let routes: [Route] = [.when(.redirect(status: 302, url: .read("/?id=$request_id&from=$remote_addr&by=$server_name")))]
            let configure = routed(routes) { configuration in
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .json
            }
            try Web.run(tier, [.serving], configure) { web in
                let location = try web.ask(request("GET /x"))["Location"] ?? ""
                #expect(location.hasPrefix("/?id=") && location.hasSuffix("&from=127.0.0.1&by=front"))
                let id = location.dropFirst(5).prefix(32)
                #expect(id.allSatisfy { $0.isHexDigit })
                var logged: [String] = []
                try web.run("it is logged") {
                    logged += web.scene.logLines()
                    return !logged.isEmpty
                }
                #expect(logged[0].contains("\"\(id)\"") && logged[0].contains("\"status\":302") && logged[0].contains("\"uri\":\"/x\""), "\(logged)")
            }
        }

        @Test("who is denied gets 403; a body that has not come ends the connection", arguments: Tier.available)
        func denied(tier: Tier) throws {
            let routes: [Route] = [.when(.deny) { $0.paths = [.prefix("/admin/")] }]
            try Web.run(tier, [.serving], routed(routes)) { web in
                let client = web.client()
                let said = try web.ask(client, request("GET /a/../admin/x"))
                #expect(said.status == 403 && said.text == "access is denied\n" && said["Connection"] == nil)
                client.send("POST /admin HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
                let cut = try web.answer(to: client)
                #expect(cut.status == 403 && cut["Connection"] == "close")
                client.send("hello")
                try web.expectEnd(of: client)
                let asking = web.client("POST /admin HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                try #expect(web.answer(to: asking)["Connection"] == "close")
                #expect(web.connectionCount == 0 && web.total(.deniedByRoute) == 3)
            }
        }

        @Test("a pipeline of answers of ours and of servers comes back in its order", arguments: Tier.available)
        func pipeline(tier: Tier) throws {
            let routes: [Route] = [
                .when(.deny) { $0.paths = [.exact("/no")] }, .when(.redirectToHTTPS) { $0.paths = [.exact("/go")] },
                .when(.respond(status: 204, nil)) { $0.paths = [.exact("/ok")] },
            ]
            try Web.run(tier, [.serving], routed(routes)) { web in
                let client = web.client()
                client.send(["/no", "/", "/go", "/ok", "/x", "/no"].map { request("GET \($0)") }.joined())
                let statuses = try (0..<6).map { _ in try web.answer(to: client).status }
                #expect(statuses == [403, 200, 301, 204, 200, 403])
            }
        }

        @Test("what a frontend and its route change reaches servers and clients", arguments: Tier.available)
        func changes(tier: Tier) throws {
            let change = Rewriting(up: "X-From: $remote_addr", "-X-Secret", down: ["X-Id: $request_id", "-X-Inner", "X-Fixed: 1"], strip: "/api", add: "/v2")
            let routes: [Route] = [.when(.backend("b1"), change) { $0.paths = [.prefix("/api/")] }]
            let configure = routed(routes) { $0.frontends[0].rewriting = Rewriting(up: "X-All: $host", down: ["X-All: down"]) }
            try Web.run(tier, [.serving, .serving], configure) { web in
                for site in web.sites { site.whenWhole = { $0.answer(answer(200, "X-Inner: 1", "X-Fixed: 0", body: $0.message.target)) } }
                let client = web.client()
                let said = try web.ask(client, request("GET /api/x?y", "X-Secret: 1"))
                #expect(said.text == "/v2/x?y" && said["X-Inner"] == nil && said.all("X-Fixed") == ["1"] && said["X-All"] == "down")
                let got = web.sites[1].served[0].message
                #expect(got["X-From"] == "127.0.0.1" && got["X-Secret"] == nil && got["X-All"] == "h")
                #expect(said["X-Id"] == got["X-Request-ID"] && said["X-Id"]?.count == 32)
                let plain = try web.ask(client, request("GET /x", "X-Secret: 1"))
                #expect(plain.text == "/x" && plain["X-Inner"] == "1" && plain.all("X-Fixed") == ["0"] && plain["X-All"] == "down" && plain["X-Id"] == nil)
                #expect(web.sites[0].served[0].message["X-Secret"] == "1" && web.sites[0].served[0].message["X-All"] == "h")
            }
        }

        @Test("a field that comes twice is judged by each of its lines", arguments: Tier.engines)
        func repeatedFields(tier: Tier) throws {
            let routes: [Route] = [.when(.deny) { $0.headers = [NamedPattern(name: "x-d", values: [.exact("1")]), NamedPattern(name: "x-e")] }]
            try Web.run(tier, [.serving], routed(routes)) { web in
                let client = web.client()
                for fields in [["X-E: a", "X-D: 2", "x-d: 1"], ["X-D: 1", "X-D: 2", "X-E: a"], ["X-D: 1", "X-E: a"]] {
                    try #expect(web.ask(client, Self.on(host: "h", fields)).status == 403, "\(fields)")
                }
                for fields in [["X-D: 2", "X-D: 3", "X-E: 1"], ["X-D: 2", "X-D: 1"], ["X-E: 1", "X-E: 1"]] {
                    try #expect(web.ask(client, Self.on(host: "h", fields)).status == 200, "\(fields)")
                }
            }
        }

        @Test("where a prefix is stripped or added, a path that leads upwards reaches no server", arguments: Tier.available, ["strip", "add", "both"])
        func upwards(tier: Tier, kind: String) throws {
            let change = Rewriting(strip: kind == "add" ? nil : "/t", add: kind == "strip" ? nil : "/tenants/t1")
            // With routes, and of the frontend alone.
            for isOfRoute in [true, false] {
                let configure: (inout Configuration) -> Void =
                    isOfRoute ? routed([.when(.backend("b0"), change) { $0.paths = [.prefix("/t/"), .prefix("/t2/")] }]) : { $0.frontends[0].rewriting = change }
                try Web.run(tier, [.serving], configure) { web in
                    for path in ["/t/../t2/x", "/t/..%2ft2/x", "/t/%2e%2e/t2/x", "/x/../t/y", "http://h/t/../t2/x"] {
                        let client = web.client(request("GET \(path)"))
                        let said = try web.answer(to: client)
                        #expect(said.status == 400 && said.text == "the path leads upwards\n" && said["Connection"] == "close", "\(path)")
                        try web.expectEnd(of: client)
                    }
                    #expect(web.connectionCount == 0 && web.scene.plane.total(Rejection.parentSegment) == 5)
                    try #expect(web.ask(request("GET /t/x?../..")).status == 200)
                }
            }
        }

        @Test("a path that leads upwards is the server's where nothing is stripped or added", arguments: Tier.engines)
        func unchangedUpwards(tier: Tier) throws {
            let routes: [Route] = [.when(.backend("b0"), Rewriting(up: "X-A: 1")) { $0.paths = [.exact("/x")] }, .when(.deny, Rewriting(strip: "/a")) { $0.paths = [.exact("/y")] }]
            try Web.run(tier, [.serving], routed(routes)) { web in
                try #expect(web.ask(request("GET /a/../x")).text == "s0 /a/../x")
                try #expect(web.ask(request("GET /a/../y")).status == 403)
            }
        }

        @Test("what was changed is sent again as it was, and what answers get outlives a retry", arguments: Tier.engines)
        func retry(tier: Tier) throws {
            let change = Rewriting(up: "X-A: $uri", down: ["X-B: $uri"], strip: "/a")
            try Web.run(
                tier, [.serving, .serving],
                { configuration in
                    configuration.backends[0].balance = .first
                    configuration.frontends[0].rewriting = change
                }
            ) { web in
                web.sites[0].whenWhole = { $0.wire.close() }
                let said = try web.ask(request("GET /a/b"))
                #expect(said.text == "s1 /b" && said["X-B"] == "/a/b" && web.served.last?.message["X-A"] == "/a/b")
                #expect(web.total(.retries) == 1)
            }
        }

        @Test("interim answers are not changed", arguments: Tier.engines)
        func interim(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].rewriting = Rewriting(up: "X-U: 1", down: ["Link: </b>"]) }) { web in
                web.sites[0].whenWhole = { $0.answer("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + answer(200, "Link: </a>")) }
                let client = web.client(request("GET /"))
                try #expect(web.answer(to: client)["Link"] == "</a>")
                try #expect(web.answer(to: client)["Link"] == "</b>")
            }
        }

        @Test("the log has the letters of HAProxy, and the frontend's name where no backend was asked", arguments: Tier.available)
        func letters(tier: Tier) throws {
            let routes: [Route] = [
                .when(.deny) { $0.paths = [.exact("/deny")] }, .when(.redirectToHTTPS) { $0.paths = [.exact("/go")] },
                .when(.respond(status: 410, nil)) { $0.paths = [.exact("/gone")] }, .when(.backend("b0")) { $0.paths = [.exact("/b")] },
            ]
            let configure = routed(routes) { configuration in
                configuration.frontends[0].backend = ""
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .haproxy
            }
            try Web.run(tier, [.serving], configure) { web in
                let client = web.client()
                for path in ["/deny", "/go", "/gone", "/none", "/b"] { _ = try web.ask(client, request("GET \(path)")) }
                var logged: [String] = []
                try web.run("all are logged") {
                    logged += web.scene.logLines()
                    return logged.count >= 5
                }
                let expected = [(403, "PR--", "front/"), (301, "LR--", "front/"), (410, "LR--", "front/"), (404, "LR--", "front/"), (200, "----", "b0/s0")]
                for (line, one) in zip(logged, expected) {
                    #expect(line.contains(" \(one.0) ") && line.contains(" \(one.1) ") && line.contains(" \(one.2)"), "\(line)")
                }
            }
        }

        @Test("a thousand routes, each for its host", arguments: Tier.engines)
        func many(tier: Tier) throws {
            let routes: [Route] = (0..<1_000).map { index in
                .when(.respond(status: 200, StaticFile(path: "f", bytes: Array("\(index)".utf8), contentType: "text/plain"))) { $0.hosts = [.exact("h\(index).example")] }
            }
            try Web.run(tier, [.serving], routed(routes)) { web in
                let client = web.client()
                for index in [0, 1, 499, 998, 999] {
                    try #expect(web.ask(client, Self.on(host: "h\(index).example")).text == "\(index)")
                }
                try #expect(web.ask(client, Self.on(host: "h1000.example")).text == "s0 /")
            }
        }
    }
}
