// Many clients at once, on little memory and several shards: each gets the answers to what it asked.

import CLinux
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: traffic")
    struct HTTPTrafficTests {
        /// A client of the crowd: what it has still to ask, and what it waits for.
        private struct Visitor {
            let wire: Wire
            var asked = 0
            var awaited: [(target: String, count: Int)] = []
        }

        @Test("a crowd on tiny buffers gets its own answers, whole", arguments: Tier.engines, [1, 2])
        func crowd(tier: Tier, shardCount: Int) throws {
            try Web.run(tier, [.serving, .serving, .serving], isTiny: true, shardCount: shardCount, { configuration in
                configuration.backends[0].servers[1].connectionsMax = 3
                configuration.log.accessTarget = .standard
            }) { web in
                for site in web.sites {
                    site.whenWhole = { one in
                        let count = Int(one.message.target.split(separator: "-").last ?? "") ?? 0
                        one.answer("HTTP/1.1 200 OK\r\nTarget: \(one.message.target)\r\nGot: \(one.message.body.count)\r\nContent-Length: \(count)\r\n\r\n")
                        one.wire.send(patterned(count))
                    }
                }
                var chance = Seeded(7)
                var visitors = (0..<24).map { _ in Visitor(wire: web.client()) }
                var doneCount = 0
                let deadline = swivel_monotonic_ns() + 300_000_000_000
                while doneCount < visitors.count * 12 {
                    guard swivel_monotonic_ns() < deadline else { throw Stuck(description: "\(doneCount) answers") }
                    for index in visitors.indices {
                        if visitors[index].asked < 12, visitors[index].awaited.count < 3 { ask(index, &visitors, &chance) }
                    }
                    web.scene.loop.turn(milliseconds: 1)
                    for index in visitors.indices { doneCount += try take(index, &visitors) }
                    _ = web.scene.logLines()
                }
                #expect(web.served.count == 24 * 12)
                #expect(web.scene.plane.currentConnections(server: 1) <= 3)
            }
        }

        private func ask(_ index: Int, _ visitors: inout [Visitor], _ chance: inout Seeded) {
            let sizes = [0, 10, 900, 1_100, 5_000, 40_000, 200_000]
            let (down, up) = (sizes.randomElement(using: &chance)!, chance.oneIn(3) ? sizes.randomElement(using: &chance)! : 0)
            let target = "/\(index)-\(visitors[index].asked)-\(down)"
            visitors[index].asked += 1
            visitors[index].awaited.append((target, up))
            visitors[index].wire.send("\(up > 0 ? "PUT" : "GET") \(target) HTTP/1.1\r\nHost: h\r\nContent-Length: \(up)\r\n\r\n")
            visitors[index].wire.send(patterned(up))
        }

        private func take(_ index: Int, _ visitors: inout [Visitor]) throws -> Int {
            var count = 0
            let wire = visitors[index].wire
            while let (said, end) = Message.whole(wire.received, from: wire.readCount, .answer) {
                wire.readCount = end
                guard let due = visitors[index].awaited.first else { throw Stuck(description: "an answer to no request") }
                visitors[index].awaited.removeFirst()
                count += 1
                #expect(said.status == 200 && said["Target"] == due.target && said["Got"] == "\(due.count)", "\(said.start) for \(due.target)")
                #expect(said.body == patterned(said.body.count) && due.target.hasSuffix("-\(said.body.count)"))
            }
            if wire.isOver { throw Stuck(description: "a client was closed: \(wire.state)") }
            return count
        }

        @Test("each request is a line in the log, with its reason where it failed", arguments: Tier.engines)
        func log(tier: Tier) throws {
            try Attempt.untilInTime { attempt in try log(tier, attempt) }
        }

        private func log(_ tier: Tier, _ attempt: Attempt) throws {
            let milliseconds = attempt.time(60)
            try Web.run(tier, [.serving], { configuration in
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .json
                configuration.backends[0].serverTimeoutMilliseconds = milliseconds
            }) { web in
                web.sites[0].whenWhole = { if $0.message.target == "/good" { $0.answer(answer(body: "12345")) } }
                let client = web.client()
                _ = try attempt.within(milliseconds) { try web.ask(client, request("GET /good", "User-Agent: me", "Referer: r")) }
                _ = try web.ask(client, request("GET /never"))
                _ = try web.ask(client, "GET /bad HTTP/1.1\r\n\r\n")
                var lines: [String] = []
                try web.run("three lines") {
                    lines += web.scene.logLines()
                    return lines.count >= 3
                }
                #expect(lines.count == 3)
                #expect(lines[0].contains("\"/good\"") && lines[0].contains("200") && lines[0].contains("\"me\""))
                #expect(lines[1].contains("\"/never\"") && lines[1].contains("504") && lines[1].contains("\"server-timeout\""))
                #expect(lines[2].contains("400") && lines[2].contains("\"host-missing\""))
            }
        }

        @Test("the port is the one that was bound, where the kernel was to choose it", arguments: Tier.engines)
        func boundPort(tier: Tier) throws {
            try Web.run(tier, [.serving], { configuration in
                configuration.frontends.append(configuration.frontends[0])
                configuration.frontends[1].name = "second"
                configuration.frontends[0].listeners += configuration.frontends[0].listeners
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .template
                configuration.log.accessTemplate = "$server_port"
            }) { web in
                let ports = web.scene.plane.listening.compactMap(\.address.port).map { "\($0)" }
                #expect(ports.count == 3 && !ports.contains("0"))
                var lines: [String] = []
                for listener in 0..<3 {
                    _ = try web.ask(web.client(listener: listener), request("GET /"))
                    try web.run("a line") {
                        lines += web.scene.logLines()
                        return lines.count > listener
                    }
                }
                #expect(lines == ports)
            }
        }

        @Test("a template has what of each request it asks for", arguments: Tier.engines)
        func template(tier: Tier) throws {
            try Web.run(tier, [.serving], { configuration in
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .template
                configuration.log.accessTemplate =
                    "$status $uri $http_x_team|$http_cookie|$http_x_none $upstream_status $ws_msgs_in $bytes_sent"
            }) { web in
                web.sites[0].whenWhole = { $0.answer(answer(body: "12345")) }
                let client = web.client()
                _ = try web.ask(client, request("GET /a//b?c", "Cookie: k=v", "x-TEAM: \"blue\"", "X-Team: red"))
                _ = try web.ask(client, request("GET /", "X-Team: " + String(repeating: "y", count: 2_000)))
                _ = try web.ask(client, "GET /bad HTTP/1.1\r\n\r\n")
                var lines: [String] = []
                try web.run("three lines") {
                    lines += web.scene.logLines()
                    return lines.count >= 3
                }
                #expect(lines.count == 3)
                #expect(lines[0].hasPrefix(#"200 /a/b \x22blue\x22|k=v|- 200 - "#), "\(lines[0])")
                // It is cut where the line has no more room for it.
                #expect(lines[1].hasPrefix("200 / " + String(repeating: "y", count: 1_024) + "|-|- 200 - "), "\(lines[1])")
                #expect(lines[2].hasPrefix("400 /bad -|-|- - - "), "\(lines[2])")
            }
        }
    }
}
