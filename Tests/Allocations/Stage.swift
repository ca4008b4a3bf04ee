// A data plane on loopback with one server's listener behind it.

import Codecs
import Config
import Engine
import Glibc

/// Two shards, one frontend, one backend, one server, and a log that somebody has to take.
struct Stage {
    let plane: DataPlane
    /// The server's.
    let listener: Int32
    private let front: sockaddr_in
    /// Longer than anything takes, on a machine that is held up as well: a wait that ends so has failed.
    static var patienceSeconds: Int { 60 }

    /// - Parameter configure: has the last word on the configuration.
    init(_ engine: ProcessOptions.Engine, _ mode: Frontend.Mode, _ configure: (inout Configuration) -> Void = { _ in }) throws {
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
        configuration.frontends[0].mode = mode
        configuration.process.engine = engine
        configuration.process.workerCount = 2
        configuration.process.affinity = .off
        configuration.log.accessTarget = .standard
        configure(&configuration)
        plane = try DataPlane(configuration)
        front = Self.loopback(port: plane.listening[0].address.port ?? 0)
        try plane.start()
    }

    func end() {
        plane.stop()
        plane.join()
        close(listener)
    }

    /// A client of the data plane.
    func connect() throws(Failure) -> Int32 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = front
        guard Self.withPointer(&address, { Glibc.connect(client, $0, $1) }) == 0 else {
            throw Failure(what: "a connect", errno: errno)
        }
        Self.bePatient(client)
        return client
    }

    static func bePatient(_ descriptor: Int32) {
        var limit = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

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
}
