// Connections through a data plane in tcp mode: its clients and its server, all played by one thread that takes
// no memory.

import Config
import Engine
import Glibc

/// One engine at work.
struct Rehearsal {
    enum Engine: String, CaseIterable {
        case ioUring = "io_uring"
        case epoll

        var option: ProcessOptions.Engine { self == .ioUring ? .ioUring : .epoll }
    }

    private let stage: Stage
    private static var messageBytes: Int { 128 }
    private static var pieceBytes: Int { 64 * 1024 }
    private let out = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 64)
    private let back = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 64)

    init(_ engine: Engine) throws {
        stage = try Stage(engine.option, .tcp)
        for index in out.indices { out[index] = UInt8(truncatingIfNeeded: index &* 31) }
    }

    /// Gives all back, so that the next engine starts alone.
    func end() {
        stage.end()
        out.deallocate()
        back.deallocate()
    }

    var bytesSpliced: UInt64 { stage.plane.total(.bytesSpliced) }

    // MARK: - Traffic

    func connect(_ count: Int) throws -> [Pair] {
        var pairs: [Pair] = []
        for _ in 0..<count { pairs.append(try connect()) }
        return pairs
    }

    /// One at a time, so that the next connection which the server takes is this client's.
    private func connect() throws(Failure) -> Pair {
        let client = try stage.connect()
        let server = Pair.again { accept(stage.listener, nil, nil) }
        guard server >= 0 else { throw Failure(what: "a connection at the server", errno: errno) }
        Stage.bePatient(server)
        return Pair(client: client, server: server)
    }

    /// `count` messages to a server and back, over all of `pairs` at once.
    func echo(_ count: Int, over pairs: [Pair]) throws(Failure) {
        let message = UnsafeRawBufferPointer(rebasing: out[..<Self.messageBytes])
        let answer = UnsafeMutableRawBufferPointer(rebasing: back[..<Self.messageBytes])
        var done = 0
        while done < count {
            let round = min(pairs.count, count - done)
            for index in 0..<round { try Pair.send(message, by: pairs[index].client) }
            for index in 0..<round {
                try Pair.receive(answer, by: pairs[index].server)
                try Pair.send(UnsafeRawBufferPointer(answer), by: pairs[index].server)
            }
            for index in 0..<round { try Pair.receive(answer, by: pairs[index].client) }
            guard memcmp(answer.baseAddress!, message.baseAddress!, message.count) == 0 else {
                throw Failure(what: "an echo is not what was sent")
            }
            done += round
        }
    }

    /// `count` connections, one after another: a message, its echo, and an end from both sides.
    func comeAndGo(_ count: Int) throws(Failure) {
        let message = UnsafeRawBufferPointer(rebasing: out[..<Self.messageBytes])
        let answer = UnsafeMutableRawBufferPointer(rebasing: back[..<Self.messageBytes])
        for index in 0..<count {
            let pair = try connect()
            try Pair.send(message, by: pair.client)
            try Pair.receive(answer, by: pair.server)
            try Pair.send(UnsafeRawBufferPointer(answer), by: pair.server)
            try Pair.receive(answer, by: pair.client)
            shutdown(pair.client, Int32(SHUT_WR))
            try Pair.receiveEnd(by: pair.server)
            shutdown(pair.server, Int32(SHUT_WR))
            try Pair.receiveEnd(by: pair.client)
            pair.close()
            if index % 64 == 0 { stage.plane.takeLog { $0.count } }
        }
        stage.plane.takeLog { $0.count }
    }

    /// `count` pieces of 64 KiB from the client to the server.
    func pour(_ count: Int, over pair: Pair) throws(Failure) {
        for _ in 0..<count {
            try Pair.send(UnsafeRawBufferPointer(out), by: pair.client)
            try Pair.receive(back, by: pair.server)
        }
        guard memcmp(out.baseAddress!, back.baseAddress!, out.count) == 0 else {
            throw Failure(what: "a piece is not what was sent")
        }
    }
}
