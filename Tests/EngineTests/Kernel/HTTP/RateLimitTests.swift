// Requests that come too often.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: rates of requests")
    struct RateLimitTests {
        private func limited(_ key: RateLimit.Key, _ count: Int, perMilliseconds: UInt64, burst: Int) -> (inout Configuration) -> Void {
            { configuration in
                configuration.frontends[0].rateLimits = [
                    RateLimit(key: key, rate: Rate(count: count, periodMilliseconds: perMilliseconds), burst: burst)
                ]
            }
        }

        @Test("beyond its burst an address gets 429 and is told when to come again; its connection goes on", arguments: Tier.available)
        func address(tier: Tier) throws {
            try Web.run(tier, [.serving], limited(.address, 1, perMilliseconds: 3_600_000, burst: 3)) { web in
                let client = web.client()
                for _ in 0..<3 { try #expect(web.ask(client, request("GET /")).status == 200) }
                for _ in 0..<2 {
                    let said = try web.ask(client, request("GET /"))
                    #expect(said.status == 429 && said.text == "too many requests, try again later\n" && said["Connection"] == nil)
                    let seconds = Int(said["Retry-After"] ?? "") ?? 0
                    #expect(seconds > 3_500 && seconds <= 3_600)
                }
                try #expect(web.ask(request("GET /")).status == 429)
                #expect(web.served.count == 3 && web.total(.rateLimited) == 3 && web.total(.answers4xx) == 3)
            }
        }

        @Test("once its time has come a request is let through, and is told at least a second before", arguments: Tier.engines)
        func refill(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(100)
                try Web.run(tier, [.serving], limited(.address, 1, perMilliseconds: milliseconds, burst: 1)) { web in
                    let client = web.client()
                    let said = try attempt.within(milliseconds) {
                        try #expect(web.ask(client, request("GET /")).status == 200)
                        return try web.ask(client, request("GET /"))
                    }
                    let seconds = UInt64(said["Retry-After"] ?? "") ?? 0
                    #expect(said.status == 429 && seconds >= 1 && seconds <= (milliseconds + 999) / 1_000)
                    try web.run("one is let through again") {
                        let said = try? web.ask(client, request("GET /"))
                        return said?.status != 429
                    }
                    #expect(web.served.count == 2)
                }
            }
        }

        @Test("hosts have a rate each, in any spelling; a request without one is not limited", arguments: Tier.engines)
        func host(tier: Tier) throws {
            try Web.run(tier, [.serving], limited(.host, 1, perMilliseconds: 3_600_000, burst: 1)) { web in
                func status(_ host: String) throws -> Int { try web.ask("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").status }
                try #expect(status("a.example") == 200)
                for same in ["a.example", "A.EXAMPLE:80", "a.example.:8080"] { try #expect(status(same) == 429) }
                try #expect(status("b.example") == 200)
                for _ in 0..<2 { try #expect(web.ask("GET / HTTP/1.0\r\n\r\n").status == 200) }
            }
        }

        @Test("values of a field have a rate each; who has no such field is not limited", arguments: Tier.engines)
        func field(tier: Tier) throws {
            try Web.run(tier, [.serving], limited(.header("X-Key"), 1, perMilliseconds: 3_600_000, burst: 1)) { web in
                let client = web.client()
                let statuses = try ["x-key: a", "X-Key: a", "X-KEY: b", "X-Key: A", "X-Other: a", "X-Other: a"].map {
                    try web.ask(client, request("GET /", $0)).status
                }
                #expect(statuses == [200, 429, 200, 200, 200, 200])
            }
        }

        @Test("a value counts behind others of its field as well", arguments: Tier.engines)
        func fieldLines(tier: Tier) throws {
            try Web.run(tier, [.serving], limited(.header("X-Key"), 1, perMilliseconds: 3_600_000, burst: 2)) { web in
                let client = web.client()
                let statuses = try [["a"], ["b", "a"], ["c", "a"], ["a"], ["c"], ["c"]].map { values in
                    try web.ask(client, "GET / HTTP/1.1\r\nHost: h\r\n" + values.map { "X-Key: \($0)\r\n" }.joined() + "\r\n").status
                }
                #expect(statuses == [200, 200, 429, 429, 200, 429])
            }
        }

        @Test("limits come before routes, and hold beside one another", arguments: Tier.engines)
        func order(tier: Tier) throws {
            try Web.run(
                tier, [.serving],
                { configuration in
                    let rate = Rate(count: 1, periodMilliseconds: 3_600_000)
                    configuration.frontends[0].rateLimits = [
                        RateLimit(key: .header("x-a"), rate: rate, burst: 1), RateLimit(key: .address, rate: rate, burst: 3),
                    ]
                    configuration.frontends[0].routes = [.when(.deny)]
                }
            ) { web in
                let client = web.client()
                let statuses = try ["X-A: 1", "X-A: 1", "X-A: 2", "X-B: 1", "X-B: 1"].map { try web.ask(client, request("GET /", $0)).status }
                #expect(statuses == [403, 429, 403, 403, 429])
            }
        }
    }
}
