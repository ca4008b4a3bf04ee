// The demo's servers at work: one thread with a small poll loop for all of them.
// Knows sockets. What bytes mean is for DemoConnection, what is answered for DemoDesk.

internal import CLinux
internal import Control
internal import Glibc
internal import Synchronization

/// Answers once it is started, and ends with the process.
final class DemoFleet: Sendable {
    /// Further clients wait in the accept queues.
    private static let connectionsMax = 3 * 1024
    /// How long accepting rests where no descriptor is left.
    private static let pauseNanoseconds: UInt64 = 100_000_000
    private static let settlingMilliseconds = 1_000
    /// Each line goes to all of them.
    private static let chattersMax = 64

    let servers: [DemoServer]
    private let desk: DemoDesk
    private let keepsAlive: Bool
    private let openCount = Atomic<Int>(0)

    /// - Parameter keepsAlive: whether a connection takes more than one request. Where connections are balanced, one
    ///   request each lets a browser see every server.
    init(names: [String], keepsAlive: Bool) throws(ControlError) {
        var servers: [DemoServer] = []
        for name in names { servers.append(try DemoServer(name: name)) }
        self.servers = servers
        self.keepsAlive = keepsAlive
        desk = DemoDesk(servers: servers)
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
                swivel_set_thread_name("demo")
                Unmanaged<DemoFleet>.fromOpaque(argument!).takeUnretainedValue().serve()
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard result == 0 else { throw ControlError("the demo's servers cannot start a thread", exitCode: 71) }
    }

    /// Waits, a second at most, until the servers have closed what their clients have ended: so that the
    /// descriptors of the process can be counted without those of the demo.
    func settle() {
        var milliseconds = 0
        repeat {
            usleep(1_000)
            milliseconds += 1
        } while openCount.load(ordering: .acquiring) > 0 && milliseconds < Self.settlingMilliseconds
    }

    private func serve() -> Never {
        var connections: [DemoConnection] = []
        var bytes = [UInt8](repeating: 0, count: 16 * 1024)
        var acceptsFrom: UInt64 = 0
        while true {
            let isAccepting = connections.count < Self.connectionsMax && swivel_monotonic_ns() >= acceptsFrom
            var entries = connections.map { pollfd(fd: $0.descriptor, events: Self.events(of: $0), revents: 0) }
            for server in servers {
                let descriptor = isAccepting && server.isRunning ? server.listener : -1
                entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            }
            let isBusy = acceptsFrom != 0 || connections.contains { $0.deadline != nil }
            _ = poll(&entries, nfds_t(entries.count), isBusy ? 100 : -1)
            let now = swivel_monotonic_ns()
            if now >= acceptsFrom { acceptsFrom = 0 }
            var freeSeats = Self.chattersMax - connections.count { $0.isChatting }
            for index in connections.indices {
                advance(&connections[index], isReady: entries[index].revents != 0, &bytes, now, &freeSeats)
            }
            spreadLines(&connections)
            for index in servers.indices where entries[entries.count - servers.count + index].revents != 0 {
                if !accept(at: index, into: &connections) { acceptsFrom = now + Self.pauseNanoseconds }
            }
            // A server may have been stopped by a request to any of them.
            for index in connections.indices where !servers[connections[index].server].isRunning {
                connections[index].leave(now)
            }
            closeFinished(&connections)
        }
    }

    private static func events(of connection: DemoConnection) -> Int16 {
        Int16(connection.unsent.isEmpty ? POLLIN : POLLOUT)
    }

    /// Takes what waits, as far as there is room; `false` where the kernel has no descriptor for it.
    private func accept(at server: Int, into connections: inout [DemoConnection]) -> Bool {
        while connections.count < Self.connectionsMax, servers[server].isRunning {
            let descriptor = swivel_accept(servers[server].listener, 1)
            if descriptor >= 0 {
                connections.append(DemoConnection(descriptor: descriptor, server: server, keepsAlive: keepsAlive))
                openCount.wrappingAdd(1, ordering: .relaxed)
            } else if descriptor != -EINTR && descriptor != -ECONNABORTED {
                return descriptor == -EAGAIN
            }
        }
        return true
    }

    private func closeFinished(_ connections: inout [DemoConnection]) {
        for index in connections.indices.reversed() where connections[index].isFinished {
            close(connections[index].descriptor)
            connections.swapAt(index, connections.count - 1)
            connections.removeLast()
            openCount.wrappingSubtract(1, ordering: .releasing)
        }
    }

    /// Reads once, answers what has come whole, and writes what the socket takes: each connection has its turn.
    private func advance(
        _ connection: inout DemoConnection, isReady: Bool, _ bytes: inout [UInt8], _ now: UInt64, _ freeSeats: inout Int
    ) {
        connection.passed(to: now)
        if isReady, connection.unsent.isEmpty {
            let count = swivel_receive(connection.descriptor, &bytes, bytes.count)
            if count > 0 {
                connection.received(bytes[..<Int(count)], now)
            } else if count == 0 {
                connection.ended()
            } else if count != -Int(EAGAIN) && count != -Int(EINTR) {
                connection.failed()
            }
        }
        send(&connection, now)
        while let request = connection.takeRequest(now) {
            if let key = desk.chatKey(request), freeSeats > 0 {
                freeSeats -= 1
                connection.join(key, now)
                connection.say(desk.chatLine("connected", through: connection.server))
            } else {
                connection.answer(desk.answer(request, from: connection.server), to: request, now)
            }
            send(&connection, now)
        }
        send(&connection, now)
        if connection.takesShutdown() { shutdown(connection.descriptor, Int32(SHUT_WR)) }
    }

    /// What one member of the chat said goes to every one, whichever server each has come through.
    private func spreadLines(_ connections: inout [DemoConnection]) {
        for index in connections.indices {
            for text in connections[index].takeLines() {
                let line = desk.chatLine(text, through: connections[index].server)
                for other in connections.indices { connections[other].say(line) }
            }
        }
    }

    private func send(_ connection: inout DemoConnection, _ now: UInt64) {
        guard !connection.unsent.isEmpty else { return }
        let count = swivel_send(connection.descriptor, connection.unsent, connection.unsent.count)
        if count >= 0 {
            connection.sent(Int(count), now)
        } else if count != -Int(EAGAIN) && count != -Int(EINTR) {
            connection.failed()
        }
    }
}
