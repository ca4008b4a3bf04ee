// A data plane on loopback with its clients and its server, all played by one thread that takes no memory.

import Codecs
import Config
import Engine
import Glibc

/// One engine at work.
struct Rehearsal {
    enum Engine: String, CaseIterable {
        case ioUring = "io_uring"
        case epoll

        fileprivate var option: ProcessOptions.Engine { self == .ioUring ? .ioUring : .epoll }
    }

    private let plane: DataPlane
    private let listener: Int32
    private let front: sockaddr_in
    private static var messageBytes: Int { 128 }
    private static var pieceBytes: Int { 64 * 1024 }
    /// Longer than anything takes: a wait that ends so has failed.
    private static var patienceSeconds: Int { 10 }
    private let out = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 64)
    private let back = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 64)

    init(_ engine: Engine) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = descriptor
        var address = Self.loopback(port: 0)
        guard Self.withPointer(&address, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
            throw Failure(what: "a server's address", errno: errno)
        }
        var byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &byteCount) }
        }
        Self.bePatient(descriptor)

        let here: UInt32 = 0x7f00_0001
        let server = Server(name: "s", address: .socket(.ipv4(host: here, port: UInt16(bigEndian: address.sin_port))))
        var configuration = Configuration(
            frontends: [Frontend(name: "f", listeners: [Listener(address: .ipv4(host: here, port: 0))], backend: "b")],
            backends: [Backend(name: "b", servers: [server])])
        configuration.process.engine = engine.option
        configuration.process.workerCount = 2
        configuration.process.affinity = .off
        configuration.log.accessTarget = .standard
        plane = try DataPlane(configuration)
        front = Self.loopback(port: plane.listening[0].address.port ?? 0)
        try plane.start()
        for index in out.indices { out[index] = UInt8(truncatingIfNeeded: index &* 31) }
    }

    /// Gives all back, so that the next engine starts alone.
    func end() {
        plane.stop()
        plane.join()
        close(listener)
        out.deallocate()
        back.deallocate()
    }

    var bytesSpliced: UInt64 { plane.total(.bytesSpliced) }

    // MARK: - Traffic

    func connect(_ count: Int) throws -> [Pair] {
        var pairs: [Pair] = []
        for _ in 0..<count { pairs.append(try connect()) }
        return pairs
    }

    /// One at a time, so that the next connection which the server takes is this client's.
    private func connect() throws(Failure) -> Pair {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = front
        guard Self.withPointer(&address, { Glibc.connect(client, $0, $1) }) == 0 else {
            throw Failure(what: "a connect", errno: errno)
        }
        let server = Pair.again { accept(listener, nil, nil) }
        guard server >= 0 else { throw Failure(what: "a connection at the server", errno: errno) }
        Self.bePatient(client)
        Self.bePatient(server)
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
            if index % 64 == 0 { plane.takeLog { $0.count } }
        }
        plane.takeLog { $0.count }
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

    // MARK: - Sockets

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withPointer(
        _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private static func bePatient(_ descriptor: Int32) {
        var limit = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
}
