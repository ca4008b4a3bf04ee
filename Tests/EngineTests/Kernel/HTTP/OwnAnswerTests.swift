// Answers that no server gave: files, and servers that clients are sent to.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: answers of our own")
    struct OwnAnswerTests {
        private static func file(_ count: Int) -> StaticFile {
            StaticFile(path: "f.bin", bytes: patterned(count), contentType: "application/octet-stream")
        }

        private func returning(_ status: Int, _ file: StaticFile?, _ change: @escaping (inout Configuration) -> Void = { _ in }) -> (inout Configuration) -> Void {
            { configuration in
                configuration.frontends[0].routes = [.when(.respond(status: status, file)) { $0.paths = [.exact("/file")] }]
                change(&configuration)
            }
        }

        @Test("a file is sent whole with its type and length, to HEAD its head, and the connection goes on", arguments: Tier.available, [0, 1, 1_000, 65_536, 1 << 20])
        func whole(tier: Tier, count: Int) throws {
            try Web.run(tier, [.serving], returning(200, Self.file(count))) { web in
                let client = web.client()
                for _ in 0..<2 {
                    let head = try web.ask(client, request("HEAD /file"))
                    #expect(head.status == 200 && head["Content-Length"] == "\(count)")
                    let said = try web.ask(client, request("GET /file"))
                    #expect(said.body == patterned(count) && said["Content-Type"] == "application/octet-stream" && said["Connection"] == nil)
                }
                try #expect(web.ask(client, request("GET /")).text == "s0 /")
                #expect(web.total(.answers2xx) == 5 && web.total(.ownAnswers) == 4)
            }
        }

        @Test("files in a pipeline keep their order, however much they are", arguments: Tier.available)
        func pipeline(tier: Tier) throws {
            try Web.run(tier, [.serving], returning(200, Self.file(200_000))) { web in
                let client = web.client()
                client.send(["/file", "/x", "/file", "/file", "/y"].map { request("GET \($0)") }.joined())
                for path in ["/file", "/x", "/file", "/file", "/y"] {
                    let said = try web.answer(to: client)
                    #expect(path == "/file" ? said.body == patterned(200_000) : said.text == "s0 \(path)")
                }
            }
        }

        @Test("who reads slowly holds no more memory than for a server's answer, and gets all in the end", arguments: Tier.available)
        func slow(tier: Tier) throws {
            try Web.run(tier, [.serving], returning(200, Self.file(1 << 20))) { web in
                let clients = (0..<8).map { _ in
                    let client = web.client(receiveBuffer: 4_096)
                    client.stall()
                    client.send((0..<8).map { _ in request("GET /file") }.joined())
                    return client
                }
                // Of what they asked the kernel may have taken more than the first.
                try web.run("all are being answered") { web.total(.ownAnswers) >= 8 }
                web.scene.run(milliseconds: 50)
                // Each waits with 64 KiB and what the last piece was begun with.
                #expect(web.total(.spillChunks) <= 8 * 6)
                for client in clients { client.resume() }
                for client in clients {
                    for _ in 0..<8 { try #expect(web.answer(to: client).body == patterned(1 << 20)) }
                    client.close()
                }
            }
        }

        @Test("who leaves in the middle of a file leaves nothing behind, and the log says so", arguments: Tier.available, [true, false])
        func left(tier: Tier, isReset: Bool) throws {
            let configure = returning(200, Self.file(1 << 20)) { configuration in
                configuration.log.accessTarget = .standard
                configuration.log.accessFormat = .haproxy
                if !isReset { configuration.frontends[0].clientTimeoutMilliseconds = 300 }
            }
            try Web.run(tier, [.serving], configure) { web in
                let client = web.client(receiveBuffer: 4_096)
                client.stall()
                // More than the kernel takes ahead of a reader.
                client.send((0..<KernelBuffers.sendBytesMax >> 20 + 4).map { _ in request("GET /file") }.joined())
                if isReset {
                    try web.run("one waits for it") { web.total(.ownAnswers) >= 1 && web.total(.spillChunks) > 0 }
                    client.reset()
                }
                var logged: [String] = []
                try web.run("it is over, and logged") {
                    logged += web.scene.logLines()
                    return web.total(.connections) == 0 && logged.last?.contains(isReset ? " CD-- " : " cD-- ") == true
                }
            }
        }

        @Test("a file is larger than all receive buffers together", arguments: Tier.engines)
        func memory(tier: Tier) throws {
            try Web.run(tier, [.serving], isTiny: true, returning(200, Self.file(1 << 20))) { web in
                let client = web.client()
                for _ in 0..<4 { try #expect(web.ask(client, request("GET /file")).body == patterned(1 << 20)) }
            }
        }

        @Test("a WebSocket of another version is told the one that is spoken, as RFC 9110 has it", arguments: Tier.available)
        func version(tier: Tier) throws {
            try Web.run(tier, [.serving]) { web in
                let fields = ["Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 12"]
                func asked(_ options: String) -> String { request("GET /", "Connection: \(options)", fields[0], fields[1], fields[2]) }
                let client = web.client()
                for _ in 0..<2 {
                    let said = try web.ask(client, asked("Upgrade"))
                    #expect(said.status == 426 && said["Sec-WebSocket-Version"] == "13")
                    #expect(said.all("Upgrade") == ["websocket"] && said.all("Connection") == ["Upgrade"])
                }
                try #expect(web.ask(client, request("GET /")).status == 200)
                let last = web.client(asked("upgrade, close"))
                try #expect(web.answer(to: last).all("Connection") == ["Upgrade, close"])
                try web.expectEnd(of: last)
                // A key that goes no further is none.
                try #expect(web.ask(client, asked("upgrade, sec-websocket-key")).status == 400)
                #expect(web.served.count == 1)
            }
        }

        @Test("statuses without content have none", arguments: Tier.engines, [204, 205, 304])
        func empty(tier: Tier, status: Int) throws {
            try Web.run(tier, [.serving], returning(status, Self.file(10))) { web in
                let client = web.client()
                for method in ["GET", "HEAD", "GET"] {
                    client.send(request("\(method) /file"))
                    let said = try web.answer(to: client, status == 205 ? .answer : .answerToHead)
                    #expect(said.status == status && said.body.isEmpty && said["Content-Type"] == nil)
                    #expect(said["Content-Length"] == (status == 205 ? "0" : nil))
                }
                try #expect(web.ask(client, request("GET /")).text == "s0 /")
            }
        }

        @Test("a status without a file has a line of its own words", arguments: Tier.engines, [(200, "OK"), (418, "Error"), (451, "Unavailable For Legal Reasons"), (599, "Error")])
        func words(tier: Tier, expected: (status: Int, words: String)) throws {
            try Web.run(tier, [.serving], returning(expected.status, nil)) { web in
                let said = try web.ask(request("GET /file"))
                #expect(said.start == "HTTP/1.1 \(expected.status) \(expected.words)" && said.text == "\(expected.words)\n")
            }
        }

        @Test("every answer of our own with an error file has it, whatever it was for", arguments: Tier.available)
        func errorFiles(tier: Tier) throws {
            func page(_ status: Int) -> ErrorFile {
                ErrorFile(status: status, file: StaticFile(path: "e", bytes: Array("<p>\(status)".utf8), contentType: "text/html; charset=utf-8"))
            }
            try Web.run(
                tier, [.refusing],
                { configuration in
                    configuration.frontends[0].errorFiles = [400, 403, 405, 413, 503].map(page)
                    configuration.frontends[0].bodyBytesMax = 10
                    configuration.frontends[0].routes = [
                        .when(.deny) { $0.paths = [.exact("/deny")] }, .when(.respond(status: 403, nil)) { $0.paths = [.exact("/403")] },
                        .when(.respond(status: 403, Self.file(3))) { $0.paths = [.exact("/own")] },
                        .when(.respond(status: 410, nil)) { $0.paths = [.exact("/gone")] },
                    ]
                }
            ) { web in
                for (text, status) in [
                    (request("GET /"), 503), (request("GET /deny"), 403), (request("GET /403"), 403), ("GET / HTTP/1.1\r\n\r\n", 400),
                    ("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 405), (request("POST /", body: "01234567890"), 413),
                ] {
                    let said = try web.ask(text)
                    #expect(said.status == status && said.text == "<p>\(status)" && said["Content-Type"] == "text/html; charset=utf-8")
                    #expect((said["Allow"] != nil) == (status == 405))
                }
                try #expect(web.ask(request("GET /own")).body == patterned(3))
                try #expect(web.ask(request("GET /gone")).text == "Gone\n")
                try #expect(web.ask(request("HEAD /deny"))["Content-Length"] == "6")
            }
        }

        // MARK: - Servers that clients are sent to

        @Test("a server with a public URL sends its clients there, and its place is free at once", arguments: Tier.available)
        func redirectServers(tier: Tier) throws {
            try Web.run(
                tier, [.serving, .serving],
                { configuration in
                    configuration.backends[0].balance = .roundRobin
                    configuration.backends[0].servers[0].redirect = "https://one.example/"
                    configuration.backends[0].servers[1].redirect = "https://two.example"
                    for index in 0..<2 { configuration.backends[0].servers[index].connectionsMax = 1 }
                    configuration.frontends[0].rewriting = Rewriting(strip: "/api")
                }
            ) { web in
                let client = web.client()
                var hosts: Set<String> = []
                for _ in 0..<4 {
                    let said = try web.ask(client, request("GET /api/x?y=%20"))
                    #expect(said.status == 302)
                    hosts.insert(said["Location"] ?? "")
                }
                #expect(hosts == ["https://one.example/x?y=%20", "https://two.example/x?y=%20"])
                let posted = try web.ask(client, request("POST /x", body: "hello"))
                #expect(posted.status == 307 && posted["Connection"] == nil && posted["Location"]?.hasSuffix(".example/x") == true)
                try #expect(web.ask(client, request("HEAD /")).status == 302)
                try #expect(web.ask(client, request("OPTIONS *"))["Location"]?.hasSuffix(".example/") == true)
                #expect(web.connectionCount == 0 && web.total(.redirects) == 7)
                #expect((0..<2).allSatisfy { web.scene.plane.currentConnections(server: $0) == 0 })
                #expect(web.scene.plane.total(.sessions, server: 0) + web.scene.plane.total(.sessions, server: 1) == 7)
            }
        }

        @Test("a client whose long body was never asked for is sent on, and its connection ends", arguments: Tier.engines)
        func redirectedUpload(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].servers[0].redirect = "https://one.example" }) { web in
                let client = web.client("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said.status == 307 && said["Connection"] == "close" && said["Location"] == "https://one.example/x")
                client.send(patterned(10_000))
                client.finish()
                try web.run("it ends") { client.isOver }
            }
        }

        @Test("a place that a client waited for is the next one's as soon as it is sent on", arguments: Tier.engines)
        func redirectQueue(tier: Tier) throws {
            try Web.run(
                tier, [.refusing, .serving],
                { configuration in
                    configuration.backends[0].balance = .first
                    configuration.backends[0].servers[1].redirect = "https://two.example"
                }
            ) { web in
                // The first server cannot be reached: the request is tried again, and sent on.
                let said = try web.ask(request("GET /a/long/path?\(String(repeating: "q", count: 3_000))"))
                #expect(said.status == 302 && said["Location"]?.utf8.count == 19 + 13 + 3_000)
                #expect(web.total(.retries) == 1)
            }
        }
    }
}
