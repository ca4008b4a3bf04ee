// One of the demo's servers: a thread with a small poll loop, on a loopback port that the kernel chose.
// Knows sockets. What to answer is for DemoConnection.

internal import CLinux
internal import Codecs
internal import Control
internal import Glibc
internal import Synchronization

/// Listens as soon as it is made, answers once it is started, and ends with the process.
final class DemoServer: Sendable {
    /// Further clients wait in the accept queue.
    private static let connectionsMax = 1024
    /// How long accepting rests where no descriptor is left.
    private static let pauseNanoseconds: UInt64 = 100_000_000
    private static let settlingMilliseconds = 1_000

    let name: String
    let address: SocketAddress
    private let listener: Int32
    private let openCount = Atomic<Int>(0)

    init(name: String) throws(ControlError) {
        self.name = name
        var native = sockaddr_in()
        native.sin_family = sa_family_t(AF_INET)
        native.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = swivel_socket(AF_INET, 1)
        let isListening = withUnsafeMutablePointer(to: &native) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, byteCount) == 0 && listen(descriptor, SOMAXCONN) == 0
                    && getsockname(descriptor, $0, &byteCount) == 0
            }
        }
        guard descriptor >= 0, isListening else {
            throw ControlError("the demo's server \(name) cannot listen on 127.0.0.1", exitCode: 71)
        }
        listener = descriptor
        address = .ipv4(host: 0x7f00_0001, port: UInt16(bigEndian: native.sin_port))
    }

    /// Signals are for the control thread: they are blocked in this one from its birth.
    func start() throws(ControlError) {
        var (every, before) = (sigset_t(), sigset_t())
        sigfillset(&every)
        pthread_sigmask(SIG_BLOCK, &every, &before)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                let server = Unmanaged<DemoServer>.fromOpaque(argument!).takeUnretainedValue()
                swivel_set_thread_name("demo-\(server.name)")
                server.serve()
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else { throw ControlError("the demo's server \(name) cannot start a thread", exitCode: 71) }
    }

    /// Waits, a second at most, until the server has closed what its clients have ended: so that the
    /// descriptors of the process can be counted without those of the demo.
    func settle() {
        var milliseconds = 0
        repeat {
            usleep(1_000)
            milliseconds += 1
        } while openCount.load(ordering: .acquiring) > 0 && milliseconds < Self.settlingMilliseconds
    }

    private func serve() -> Never {
        let page = DemoConnection.Page("served by server \(name) at \(address)\n")
        var connections: [DemoConnection] = []
        var bytes = [UInt8](repeating: 0, count: 16 * 1024)
        var acceptsFrom: UInt64 = 0
        while true {
            let isAccepting = connections.count < Self.connectionsMax && swivel_monotonic_ns() >= acceptsFrom
            var entries = connections.map { pollfd(fd: $0.descriptor, events: Self.events(of: $0), revents: 0) }
            entries.append(pollfd(fd: isAccepting ? listener : -1, events: Int16(POLLIN), revents: 0))
            let isBusy = acceptsFrom != 0 || connections.contains { $0.deadline != nil }
            _ = poll(&entries, nfds_t(entries.count), isBusy ? 100 : -1)
            let now = swivel_monotonic_ns()
            if now >= acceptsFrom { acceptsFrom = 0 }
            for index in connections.indices.reversed() {
                advance(&connections[index], isReady: entries[index].revents != 0, page, &bytes, now)
                guard connections[index].isFinished else { continue }
                close(connections[index].descriptor)
                connections.swapAt(index, connections.count - 1)
                connections.removeLast()
                openCount.wrappingSubtract(1, ordering: .releasing)
            }
            if entries.last?.revents != 0, !accept(into: &connections) { acceptsFrom = now + Self.pauseNanoseconds }
        }
    }

    private static func events(of connection: DemoConnection) -> Int16 {
        Int16(connection.unsent.isEmpty ? POLLIN : POLLOUT)
    }

    /// Takes what waits, as far as there is room; `false` where the kernel has no descriptor for it.
    private func accept(into connections: inout [DemoConnection]) -> Bool {
        while connections.count < Self.connectionsMax {
            let descriptor = swivel_accept(listener, 1)
            if descriptor >= 0 {
                connections.append(DemoConnection(descriptor: descriptor))
                openCount.wrappingAdd(1, ordering: .relaxed)
            } else if descriptor != -EINTR && descriptor != -ECONNABORTED {
                return descriptor == -EAGAIN
            }
        }
        return true
    }

    /// Reads once and writes what the socket takes: each connection has its turn.
    private func advance(
        _ connection: inout DemoConnection, isReady: Bool, _ page: DemoConnection.Page, _ bytes: inout [UInt8], _ now: UInt64
    ) {
        connection.passed(to: now)
        if isReady, connection.unsent.isEmpty {
            let count = swivel_receive(connection.descriptor, &bytes, bytes.count)
            if count > 0 {
                connection.received(bytes[..<Int(count)], page, now)
            } else if count == 0 {
                connection.ended()
            } else if count != -Int(EAGAIN) && count != -Int(EINTR) {
                connection.failed()
            }
        }
        if !connection.unsent.isEmpty {
            let count = swivel_send(connection.descriptor, connection.unsent, connection.unsent.count)
            if count >= 0 {
                connection.sent(Int(count))
            } else if count != -Int(EAGAIN) && count != -Int(EINTR) {
                connection.failed()
            }
        }
        if connection.takesShutdown() { shutdown(connection.descriptor, Int32(SHUT_WR)) }
    }
}
