// A WebSocket that stands: the client's end and the server's. And how it comes to stand.

@testable import Engine

struct Meeting {
    let client: Wire
    let server: Wire
    /// The server's number.
    let site: Int

    /// The key of RFC 6455 section 1.3, and what a server has to say to it.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    static func handshake(_ target: String = "/chat", key: String = key, version: String = "13", _ fields: String...) -> String {
        let lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: \(version)"] + fields
        return (["GET \(target) HTTP/1.1", "Host: h"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
    }

    static func agreement(_ fields: [String] = []) -> String {
        let lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(accept)"] + fields
        return (["HTTP/1.1 101 Switching Protocols"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Frames that the server has got from the client, from where it was read last.
    func takeUp() -> [Frame] { Self.take(server, isMasked: true) }
    /// Frames that the client has got.
    func takeDown() -> [Frame] { Self.take(client, isMasked: false) }

    private static func take(_ wire: Wire, isMasked: Bool) -> [Frame] {
        var frames: [Frame] = []
        while let (frame, end) = Frame.read(wire.received, from: wire.readCount, isMasked: isMasked) {
            wire.readCount = end
            frames.append(frame)
        }
        return frames
    }

    /// Both say close, and the server ends first, as RFC 6455 section 7.1.1 has it.
    func close(_ web: Web, code: UInt16 = 1_000) throws {
        client.send(Frame.close(code).up)
        var asked: [Frame] = []
        try web.run("the server is told") {
            asked += takeUp()
            return asked.contains(.close(code))
        }
        server.send(Frame.close(code).down)
        server.finish()
        try web.run("the client has its answer, and the end") { client.hasEnded }
        client.close()
    }
}

extension Served {
    /// Agrees to what was asked, with `bytes` right behind the head. What comes then is no HTTP.
    func agree(_ fields: String..., then bytes: [UInt8] = []) {
        wire.whenRead = nil
        wire.send(Array(Meeting.agreement(fields).utf8) + bytes)
    }
}

extension Web {
    /// Every site agrees to whatever asks for a WebSocket, and answers the rest.
    func agreeToAll(then bytes: [UInt8] = []) {
        for site in sites {
            let usual = site.whenWhole
            site.whenWhole = { one in if one.message["Upgrade"] == nil { usual(one) } else { one.agree(then: bytes) } }
        }
    }

    /// Opens a WebSocket through a server that agrees.
    ///
    /// - Parameter bytes: sent right behind the request.
    func open(_ target: String = "/chat", then bytes: [UInt8] = []) throws -> Meeting {
        let client = client()
        let before = sites.map(\.served.count)
        client.send(Array(Meeting.handshake(target).utf8) + bytes)
        let said = try answer(to: client)
        guard said.status == 101, let one = sites.indices.compactMap({ sites[$0].served.dropFirst(before[$0]).last }).last else {
            throw Stuck(description: "no WebSocket: \(said.start)")
        }
        return Meeting(client: client, server: one.wire, site: one.site)
    }
}
