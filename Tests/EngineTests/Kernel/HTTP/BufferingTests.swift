// Requests that are collected before a server is asked, and answers that are collected ahead of slow clients.

import CLinux
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: buffering")
    struct BufferingTests {
        private func collect(up: Int = 0, down: Int = 0) -> (inout Configuration) -> Void {
            { configuration in
                configuration.backends[0].requestBufferBytes = up
                configuration.backends[0].responseBufferBytes = down
            }
        }

        @Test("a slow request is collected: its server hears of it when it is whole", arguments: Tier.engines, [true, false])
        func request(tier: Tier, isChunked: Bool) throws {
            try Web.run(tier, [.serving], collect(up: 100_000)) { web in
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 50000"
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
                if isChunked { client.send("c350\r\n") }
                client.send(patterned(49_999))
                try web.run("all that was sent has come") { client.unsentCount == 0 }
                web.scene.run(milliseconds: 50)
                #expect(web.connectionCount == 0)
                client.send([0])
                if isChunked { client.send("\r\n0\r\n\r\n") }
                try #expect(web.answer(to: client).status == 200)
                #expect(web.served[0].message.body == patterned(49_999) + [0])
            }
        }

        @Test("more than is collected goes on as it comes", arguments: Tier.engines)
        func larger(tier: Tier) throws {
            try Web.run(tier, [.serving], collect(up: 30_000)) { web in
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n")
                client.send(patterned(29_000))
                web.scene.run(milliseconds: 30)
                #expect(web.connectionCount == 0)
                client.send(Array(patterned(500_000)[29_000...]))
                try #expect(web.answer(to: client).status == 200)
                #expect(web.served[0].message.body == patterned(500_000))
            }
        }

        @Test("whoever waits to be asked for the body is asked by us, once", arguments: Tier.available)
        func expects(tier: Tier) throws {
            try Web.run(tier, [.serving], collect(up: 30_000)) { web in
                web.sites[0].whenHead = { if $0.message["Expect"] != nil { $0.answer("HTTP/1.1 100 Continue\r\n\r\n") } }
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                try #expect(web.answer(to: client).status == 100)
                #expect(web.connectionCount == 0)
                client.send("body")
                try #expect(web.answer(to: client).status == 200)
                #expect(web.served[0].message.text == "body")
            }
        }

        @Test("a collected request whose server fails is sent again where its method allows", arguments: Tier.engines, ["PUT", "POST"])
        func retried(tier: Tier, method: String) throws {
            try Web.run(tier, [.serving], collect(up: 30_000)) { web in
                var count = 0
                web.sites[0].whenWhole = { one in
                    count += 1
                    if count > 1 { one.answer(answer()) } else { one.wire.reset() }
                }
                let client = web.client("\(method) / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n")
                client.send(patterned(9_000))
                try #expect(web.answer(to: client).status == (method == "PUT" ? 200 : 502))
                #expect(web.served.allSatisfy { $0.message.body == patterned(9_000) } && web.served.count == (method == "PUT" ? 2 : 1))
            }
        }

        @Test("an answer is collected: its server is free while the client takes its time", arguments: Tier.engines, [true, false])
        func response(tier: Tier, isCollected: Bool) throws {
            let count = 1_500_000
            // Over TCP the kernel might take all of it by itself. Unix sockets hold no more than a fixed amount.
            let place = isCollected ? Setup.Place.ipv4 : .unix
            try Web.run(tier, [.serving], listening: place, serving: place, collect(down: isCollected ? 4 << 20 : 0)) { web in
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                    one.wire.send(patterned(count))
                }
                web.sites[0].whenAccepted = { _ = swivel_set_option($0.descriptor, SOL_SOCKET, SO_SNDBUF, 16_384) }
                let client = web.client(receiveBuffer: 4_096)
                client.stall()
                client.send(EngineTests.request("GET /"))
                if isCollected {
                    try web.run("the server is free") { web.total(.pooledConnections) == 1 }
                    #expect(web.scene.plane.currentConnections(server: 0) == 0 && client.received.isEmpty)
                } else {
                    web.scene.run(milliseconds: 100)
                    #expect(web.total(.pooledConnections) == 0 && web.scene.plane.currentConnections(server: 0) == 1)
                }
                client.resume()
                try #expect(web.answer(to: client).body == patterned(count))
                try web.run("nothing is held any more") { web.total(.spillChunks) == 0 && web.total(.receiveBuffers) == 0 }
            }
        }

        @Test("collected requests of clients that leave leave nothing", arguments: Tier.engines)
        func left(tier: Tier) throws {
            try Web.run(tier, [.serving], collect(up: 100_000)) { web in
                let clients = (0..<20).map { _ in web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n") }
                for client in clients { client.send(patterned(40_000)) }
                try web.run("they are being collected") { clients.allSatisfy { $0.unsentCount == 0 } && web.total(.requests) == 20 }
                for (index, client) in clients.enumerated() { if index % 2 == 0 { client.reset() } else { client.close() } }
                try web.run("all of it is free") { web.total(.connections) == 0 && web.total(.spillChunks) == 0 }
                #expect(web.connectionCount == 0)
            }
        }
    }
}
