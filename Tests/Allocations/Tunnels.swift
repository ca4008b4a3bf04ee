// WebSockets through a data plane: they are opened, speak and are closed. Their clients and their server are played
// by one thread that takes no memory.

import Config
import Engine
import Glibc

/// One engine that serves WebSockets.
struct Tunnels {
    private static var payloadBytes: Int { 128 }
    private static var bytesMax: Int { 4_096 }

    private let stage: Stage
    /// The request with the client's first message behind it, and the answer with the server's.
    private let ask: UnsafeMutableRawBufferPointer
    private let agree: UnsafeMutableRawBufferPointer
    /// A message of the client, and the server's.
    private let up: UnsafeMutableRawBufferPointer
    private let down: UnsafeMutableRawBufferPointer
    /// A message in two fragments with a ping between them, of either.
    private let mixedUp: UnsafeMutableRawBufferPointer
    private let mixedDown: UnsafeMutableRawBufferPointer
    private let closeUp: UnsafeMutableRawBufferPointer
    private let closeDown: UnsafeMutableRawBufferPointer
    private let back = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesMax, alignment: 64)

    init(_ engine: ProcessOptions.Engine, _ mode: WebSocketOptions.Mode) throws {
        stage = try Stage(engine, .http) { $0.backends[0].websocket.mode = mode }
        // The key and its answer are those of RFC 6455 section 1.3.
        let request = """
            GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        let answer = """
            HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n
            """
        let text = (0..<Self.payloadBytes).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let (message, reply) = (Self.frame(0x82, text, isMasked: true), Self.frame(0x82, text, isMasked: false))
        ask = Self.bytes(Array(request.utf8) + message)
        agree = Self.bytes(Array(answer.utf8) + reply)
        up = Self.bytes(message)
        down = Self.bytes(reply)
        func mixed(isMasked: Bool) -> UnsafeMutableRawBufferPointer {
            Self.bytes(
                Self.frame(0x02, Array(text[..<40]), isMasked: isMasked) + Self.frame(0x89, [1, 2, 3], isMasked: isMasked)
                    + Self.frame(0x80, Array(text[40...]), isMasked: isMasked))
        }
        mixedUp = mixed(isMasked: true)
        mixedDown = mixed(isMasked: false)
        closeUp = Self.bytes(Self.frame(0x88, [0x03, 0xe8], isMasked: true))
        closeDown = Self.bytes(Self.frame(0x88, [0x03, 0xe8], isMasked: false))
    }

    private static func bytes(_ text: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 64)
        memory.copyBytes(from: text)
        return memory
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        let mask: [UInt8] = isMasked ? [0x37, 0xfa, 0x21, 0x3d] : []
        let length = payload.count < 126 ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        let bytes = payload.enumerated().map { isMasked ? $1 ^ mask[$0 % 4] : $1 }
        return [first, length[0] | (isMasked ? 0x80 : 0)] + length[1...] + mask + bytes
    }

    /// Gives all back, so that the next engine starts alone.
    func end() {
        stage.end()
        for memory in [ask, agree, up, down, mixedUp, mixedDown, closeUp, closeDown, back] { memory.deallocate() }
    }

    var ended: UInt64 { stage.plane.total(.tunnelsEnded) }
    /// Those of clients, where frames are read.
    var messages: UInt64 { stage.plane.total(.messagesIn, server: 0) }

    // MARK: - Traffic

    func open(_ count: Int) throws -> [Pair] {
        var pairs: [Pair] = []
        for _ in 0..<count { pairs.append(try open()) }
        return pairs
    }

    /// The client's first message comes with its request, and the server's with its answer.
    private func open() throws(Failure) -> Pair {
        let client = try stage.connect()
        try Pair.send(UnsafeRawBufferPointer(ask), by: client)
        let server = Pair.again { accept(stage.listener, nil, nil) }
        guard server >= 0 else { throw Failure(what: "a connection at the server", errno: errno) }
        Stage.bePatient(server)
        try receiveHead(by: server)
        try Pair.send(UnsafeRawBufferPointer(agree), by: server)
        try receiveHead(by: client)
        try receive(down, by: client)
        try receive(up, by: server)
        return Pair(client: client, server: server)
    }

    /// `count` messages to a server and back, over all of `pairs` at once.
    ///
    /// - Parameter isMixed: each in two fragments, with a ping between them, and cut into two sends.
    func echo(_ count: Int, over pairs: [Pair], isMixed: Bool = false) throws(Failure) {
        let (there, answer) = isMixed ? (mixedUp, mixedDown) : (up, down)
        var done = 0
        while done < count {
            let round = min(pairs.count, count - done)
            for index in 0..<round { try send(there, by: pairs[index].client, isMixed, done) }
            for index in 0..<round {
                try receive(there, by: pairs[index].server)
                try send(answer, by: pairs[index].server, isMixed, done)
            }
            for index in 0..<round { try receive(answer, by: pairs[index].client) }
            done += round
        }
    }

    /// - Parameter turn: says where bytes are cut, so that each place has its turn.
    private func send(_ bytes: UnsafeMutableRawBufferPointer, by descriptor: Int32, _ isCut: Bool, _ turn: Int) throws(Failure) {
        let cut = isCut ? turn % bytes.count : 0
        if cut > 0 { try Pair.send(UnsafeRawBufferPointer(rebasing: bytes[..<cut]), by: descriptor) }
        try Pair.send(UnsafeRawBufferPointer(rebasing: bytes[cut...]), by: descriptor)
    }

    /// `count` WebSockets, one after another: opened, a message both ways, a close and its answer, and an end.
    func comeAndGo(_ count: Int) throws(Failure) {
        for index in 0..<count {
            let pair = try open()
            try Pair.send(UnsafeRawBufferPointer(closeUp), by: pair.client)
            try receive(closeUp, by: pair.server)
            try Pair.send(UnsafeRawBufferPointer(closeDown), by: pair.server)
            shutdown(pair.server, Int32(SHUT_WR))
            try receive(closeDown, by: pair.client)
            try Pair.receiveEnd(by: pair.client)
            pair.close()
            if index % 64 == 0 { stage.plane.takeLog { $0.count } }
        }
        stage.plane.takeLog { $0.count }
    }

    // MARK: - What comes

    private func receive(_ expected: UnsafeMutableRawBufferPointer, by descriptor: Int32) throws(Failure) {
        let said = UnsafeMutableRawBufferPointer(rebasing: back[..<expected.count])
        try Pair.receive(said, by: descriptor)
        guard memcmp(said.baseAddress!, expected.baseAddress!, expected.count) == 0 else {
            throw Failure(what: "a frame is not what was sent")
        }
    }

    /// A byte at a time, so that nothing behind the head is taken.
    private func receiveHead(by descriptor: Int32) throws(Failure) {
        // How many bytes of CR LF CR LF have come in a row.
        var (count, matched) = (0, 0)
        while matched < 4 {
            guard count < back.count else { throw Failure(what: "a head without an end") }
            try Pair.receive(UnsafeMutableRawBufferPointer(rebasing: back[count..<count + 1]), by: descriptor)
            let wanted: UInt8 = matched % 2 == 0 ? 13 : 10
            matched = back[count] == wanted ? matched + 1 : back[count] == 13 ? 1 : 0
            count += 1
        }
    }
}
