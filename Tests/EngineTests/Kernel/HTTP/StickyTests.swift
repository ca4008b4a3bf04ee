// Clients that keep their server, by a cookie or by their address.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: clients that keep their server")
    struct StickyTests {
        private static func value(_ server: Int) -> String { "value-of-server-\(server)-0123456789abcde" }

        private func sticky(_ change: @escaping (inout Configuration) -> Void = { _ in }) -> (inout Configuration) -> Void {
            { configuration in
                configuration.backends[0].sticky = .cookie("SRV")
                configuration.backends[0].balance = .roundRobin
                for index in configuration.backends[0].servers.indices {
                    configuration.backends[0].servers[index].cookieValue = Self.value(index)
                }
                change(&configuration)
            }
        }

        private static func cookie(_ server: Int) -> String { "Cookie: a=b; SRV=\(value(server)); SRV2=x" }

        @Test("a client without a cookie is given one, and is served by its server from then on", arguments: Tier.available)
        func keeps(tier: Tier) throws {
            try Web.run(tier, [.serving, .serving, .serving], sticky()) { web in
                let client = web.client()
                for _ in 0..<6 {
                    let said = try web.ask(client, request("GET /"))
                    let server = Int(said.text.dropFirst(1).prefix(1))!
                    #expect(said.all("Set-Cookie") == ["SRV=\(Self.value(server)); Path=/; HttpOnly; SameSite=Lax"])
                    for _ in 0..<3 {
                        let again = try web.ask(client, request("GET /", Self.cookie(server)))
                        #expect(again.text == "s\(server) /" && again["Set-Cookie"] == nil)
                    }
                }
                #expect(web.total(.stickyForged) == 0 && web.total(.stickyReassigned) == 0)
                #expect(web.served.allSatisfy { $0.message["Cookie"].map { $0.contains("SRV=") } ?? true })
            }
        }

        @Test("a cookie that names nobody is counted and replaced", arguments: Tier.available, ["", "x", "value-of-server-0-0123456789abcdf", "value-of-server-0-0123456789abcdee", "value-of-server-9-0123456789abcde"])
        func forged(tier: Tier, value: String) throws {
            try Web.run(tier, [.serving, .serving], sticky()) { web in
                let said = try web.ask(request("GET /", "Cookie: SRV=\(value)"))
                #expect(said.status == 200 && said["Set-Cookie"] != nil && web.total(.stickyForged) == 1)
                #expect(web.total(.stickyReassigned) == 0)
            }
        }

        @Test("the cookie is for https alone where the client came by it, and lasts as long as was asked", arguments: Tier.engines)
        func attributes(tier: Tier) throws {
            let configure = sticky { configuration in
                configuration.backends[0].stickyMilliseconds = 90_000
                configuration.frontends[0].trustedProxies = [try! Network.parse("127.0.0.0/8")]
            }
            try Web.run(tier, [.serving], configure) { web in
                for (proto, isSecure) in [("https", true), ("HTTPS, http", true), ("http", false), ("httpsx", false), ("http, https", false)] {
                    let said = try web.ask(request("GET /", "X-Forwarded-Proto: \(proto)"))
                    #expect(said["Set-Cookie"] == "SRV=\(Self.value(0)); Path=/; HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : ""); Max-Age=90")
                }
            }
            try Web.run(tier, [.serving], sticky()) { web in
                // Nobody who is not trusted is believed.
                try #expect(web.ask(request("GET /", "X-Forwarded-Proto: https"))["Set-Cookie"]?.contains("Secure") == false)
            }
        }

        @Test("a server that takes nothing new, or cannot be reached, loses its clients to another", arguments: Tier.available, [true, false])
        func gone(tier: Tier, isDisabled: Bool) throws {
            let configure = sticky { configuration in
                if isDisabled { configuration.backends[0].servers[0].isDisabled = true }
            }
            try Web.run(tier, [isDisabled ? .serving : .refusing, .serving], configure) { web in
                let said = try web.ask(request("GET /", Self.cookie(0)))
                #expect(said.text == "s1 /" && said["Set-Cookie"]?.hasPrefix("SRV=\(Self.value(1));") == true)
                #expect(web.total(.stickyReassigned) == 1 && web.total(.stickyForged) == 0)
            }
        }

        @Test("a server that fails before it answers loses its client with the retry", arguments: Tier.engines)
        func retried(tier: Tier) throws {
            try Web.run(tier, [.serving, .serving], sticky()) { web in
                web.sites[0].whenWhole = { $0.wire.close() }
                let said = try web.ask(request("GET /", Self.cookie(0)))
                #expect(said.text == "s1 /" && said["Set-Cookie"]?.hasPrefix("SRV=\(Self.value(1));") == true)
                #expect(web.total(.retries) == 1)
            }
        }

        @Test("a server that is full is stood in for, and keeps its client", arguments: Tier.available)
        func full(tier: Tier) throws {
            try Web.run(tier, [.serving, .serving], sticky { $0.backends[0].servers[0].connectionsMax = 1 }) { web in
                web.sites[0].whenWhole = { _ in }
                let first = web.client(request("GET /first", Self.cookie(0)))
                try web.run("it is served") { web.served.count == 1 }
                let said = try web.ask(request("GET /", Self.cookie(0)))
                #expect(said.text == "s1 /" && said["Set-Cookie"] == nil && web.total(.stickyReassigned) == 0)
                web.served[0].answer(answer(body: "done"))
                try #expect(web.answer(to: first).text == "done")
            }
        }

        @Test("who waits for a place keeps its server, whoever serves it", arguments: Tier.engines)
        func queued(tier: Tier) throws {
            let configure = sticky { configuration in
                for index in 0..<2 { configuration.backends[0].servers[index].connectionsMax = 1 }
            }
            try Web.run(tier, [.serving, .serving], configure) { web in
                for site in web.sites { site.whenWhole = { _ in } }
                let busy = (0..<2).map { web.client(request("GET /busy", Self.cookie($0))) }
                try web.run("both are busy") { web.served.count == 2 }
                let waiting = web.client(request("GET /waiting", Self.cookie(0)))
                try web.run("one waits") { web.total(.waiting) == 1 }
                let fresh = web.client(request("GET /fresh"))
                try web.run("both wait") { web.total(.waiting) == 2 }
                web.sites[1].served[0].answer(answer())
                try web.run("the one that waits longest is served") { web.sites[1].served.count == 2 }
                #expect(web.sites[1].served[1].message.target == "/waiting")
                web.sites[1].served[1].answer(answer())
                try #expect(web.answer(to: waiting)["Set-Cookie"] == nil)
                try web.run("the next is served") { web.sites[1].served.count == 3 }
                web.sites[1].served[2].answer(answer())
                try #expect(web.answer(to: fresh)["Set-Cookie"]?.hasPrefix("SRV=\(Self.value(1));") == true)
                web.sites[0].served[0].answer(answer())
                for client in busy { try #expect(web.answer(to: client).status == 200) }
            }
        }

        @Test("answers of our own, and those that come before the answer, set no cookie", arguments: Tier.engines)
        func notOurs(tier: Tier) throws {
            try Web.run(tier, [.serving, .refusing], sticky { $0.backends[0].servers[1].weight = 0 }) { web in
                web.sites[0].whenWhole = { one in
                    if one.message.target == "/bad" { return one.answer("nonsense\r\n\r\n") }
                    one.answer("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + answer())
                }
                let client = web.client(request("GET /"))
                try #expect(web.answer(to: client)["Set-Cookie"] == nil)
                try #expect(web.answer(to: client)["Set-Cookie"] != nil)
                let bad = try web.ask(request("GET /bad"))
                #expect(bad.status == 502 && bad["Set-Cookie"] == nil)
            }
        }

        @Test("by its address a client keeps its server, over connections and shards", arguments: Tier.available, [1, 3])
        func source(tier: Tier, shardCount: Int) throws {
            try Web.run(
                tier, [.serving, .serving, .serving], shardCount: shardCount,
                { configuration in
                    configuration.backends[0].sticky = .source
                    configuration.backends[0].balance = .roundRobin
                }
            ) { web in
                let first = try web.ask(request("GET /")).text
                for _ in 0..<9 {
                    let said = try web.ask(request("GET /"))
                    #expect(said.text == first && said["Set-Cookie"] == nil)
                }
            }
        }

        @Test("by its address a client is moved once, where its server fails", arguments: Tier.engines)
        func sourceMoves(tier: Tier) throws {
            try Web.run(
                tier, [.serving, .serving, .serving],
                { configuration in
                    configuration.backends[0].sticky = .source
                    configuration.backends[0].balance = .roundRobin
                    configuration.backends[0].reuse = .off
                }
            ) { web in
                let first = Int(try web.ask(request("GET /")).text.dropFirst().prefix(1))!
                web.sites[first].whenWhole = { $0.wire.close() }
                let next = try web.ask(request("GET /")).text
                #expect(next != "s\(first) /")
                for _ in 0..<6 { try #expect(web.ask(request("GET /")).text == next) }
                #expect(web.total(.stickyReassigned) == 1)
            }
        }

        @Test("connections of an address keep their server in tcp mode as well, and another stands in while it is full", arguments: Tier.available)
        func relayed(tier: Tier) throws {
            var setup = Setup(servers: [.serving, .serving, .serving])
            setup.configure = { configuration in
                configuration.backends[0].sticky = .source
                configuration.backends[0].balance = .roundRobin
                for index in 0..<3 { configuration.backends[0].servers[index].connectionsMax = 4 }
            }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<4 { try scene.echo(10, by: scene.connect()) }
                #expect(scene.servers.map(\.openCount).sorted() == [0, 0, 4])
                let own = scene.servers.firstIndex { $0.openCount == 4 }!
                for _ in 0..<2 { try scene.echo(10, by: scene.connect()) }
                #expect(scene.servers[own].openCount == 4 && scene.servers.map(\.openCount).sorted() == [1, 1, 4])
                scene.clients[0].close()
                try scene.run("its place is free") { scene.plane.currentConnections(server: own) == 3 }
                try scene.echo(10, by: scene.connect())
                try scene.run("its own server has it") { scene.servers[own].openCount == 4 }
                #expect(scene.servers.map(\.openCount).sorted() == [1, 1, 4] && scene.total(.stickyReassigned) == 0)
            }
        }

        @Test("a server that cannot be reached loses its connections' address", arguments: Tier.engines)
        func relayMoves(tier: Tier) throws {
            var setup = Setup(servers: [.refusing, .serving, .serving])
            setup.configure = { configuration in
                configuration.backends[0].sticky = .source
                configuration.backends[0].balance = .roundRobin
            }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<6 { try scene.echo(10, by: scene.connect()) }
                #expect(scene.servers.map(\.openCount).sorted() == [0, 0, 6])
                #expect(scene.total(.connectErrors) <= 1)
            }
        }
    }
}
