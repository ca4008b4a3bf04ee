// One of the demo's servers: an address on loopback, on a port that the kernel chose, and whether somebody listens.
// Knows listening sockets. Knows nothing of connections.

internal import CLinux
internal import Codecs
internal import Control
internal import Glibc
internal import Synchronization

/// Listens as soon as it is made. It is stopped and started by one thread, and looked at by others.
final class DemoServer: Sendable {
    let name: String
    let address: SocketAddress
    /// Stays the same number: while the server is stopped it is a second name of `reservation`.
    let listener: Int32
    /// Bound to the port and never listening: nobody else is given the port while the server is stopped.
    private let reservation: Int32
    private let listens = Atomic<Bool>(true)
    private static let placeAttemptsMax = 8

    init(name: String) throws(ControlError) {
        self.name = name
        guard let place = Self.place() else {
            throw ControlError("the demo's server \(name) cannot listen on 127.0.0.1", exitCode: 71)
        }
        (reservation, listener) = (place.reservation, place.listener)
        address = .ipv4(host: 0x7f00_0001, port: place.port)
    }

    var isRunning: Bool { listens.load(ordering: .acquiring) }

    /// The listening socket is closed when this returns: who connects is refused.
    func stop() {
        guard isRunning else { return }
        // In one step, so that no other thread is given the number in between.
        dup2(reservation, listener)
        listens.store(false, ordering: .releasing)
    }

    /// Listens again, at the same address; `false` where the kernel does not let it.
    func start() -> Bool {
        guard !isRunning else { return true }
        guard case .ipv4(_, let port) = address else { return false }
        let descriptor = Self.bound(port: port)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard listen(descriptor, SOMAXCONN) == 0, dup2(descriptor, listener) >= 0 else { return false }
        listens.store(true, ordering: .releasing)
        return true
    }

    /// A port with both of its sockets. Between two of our calls somebody else may come to listen at it, who had
    /// it before and asks for it by its number: then it is another one.
    private static func place() -> (reservation: Int32, listener: Int32, port: UInt16)? {
        for _ in 0..<placeAttemptsMax {
            let reservation = bound(port: 0)
            let port = port(of: reservation)
            let listener = port == 0 ? -1 : bound(port: port)
            if listener >= 0, listen(listener, SOMAXCONN) == 0 { return (reservation, listener, port) }
            for descriptor in [reservation, listener] where descriptor >= 0 { close(descriptor) }
        }
        return nil
    }

    /// The port that a socket is bound to; 0 where there is none.
    private static func port(of descriptor: Int32) -> UInt16 {
        var native = sockaddr_in()
        var byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &native) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &byteCount) }
        }
        return result == 0 ? UInt16(bigEndian: native.sin_port) : 0
    }

    /// A socket with this port of 127.0.0.1, or a negative number. Several may have it while none of them listens.
    private static func bound(port: UInt16) -> Int32 {
        let descriptor = swivel_socket(AF_INET, 1)
        guard descriptor >= 0 else { return descriptor }
        var native = sockaddr_in()
        native.sin_family = sa_family_t(AF_INET)
        native.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        native.sin_port = port.bigEndian
        let isBound = withUnsafePointer(to: &native) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                swivel_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) == 0
                    && bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
