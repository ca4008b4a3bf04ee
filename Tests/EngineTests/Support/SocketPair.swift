// Two connected sockets, closed again when the value is released.

import CLinux
import Codecs
import Glibc

@testable import Engine

final class SocketPair {
    /// The engine's end, and the test's.
    private(set) var ours: Int32
    private(set) var theirs: Int32

    /// TCP over loopback, so that resets and half-closes are those of connections.
    init() {
        let server = TestListener()
        theirs = server.connect()
        ours = server.accept()
    }

    deinit {
        if ours >= 0 { close(ours) }
        if theirs >= 0 { close(theirs) }
    }

    func write(_ bytes: [UInt8]) { _ = bytes.withUnsafeBytes { swivel_send(theirs, $0.baseAddress!, $0.count) } }

    /// Everything that the engine's end has sent.
    func readAll() -> [UInt8] {
        var all: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: 65_536)
        let deadline = swivel_monotonic_ns() + 30_000_000_000
        while true {
            // Bytes that are on their way yet are not acknowledged.
            let isAllHere = swivel_unsent(ours) <= 0 || swivel_monotonic_ns() > deadline
            while case let count = swivel_receive(theirs, &scratch, scratch.count), count > 0 { all += scratch[..<count] }
            if isAllHere { return all }
            awaitInput(theirs, milliseconds: 1)
        }
    }

    func shutTheirs() { shutdown(theirs, Int32(SHUT_WR)) }

    func resetTheirs() {
        _ = swivel_linger_zero(theirs)
        close(theirs)
        theirs = -1
    }

    /// The engine closes its end itself.
    func release() -> Int32 {
        defer { ours = -1 }
        return ours
    }
}

/// A listening socket on loopback.
final class TestListener {
    let descriptor: Int32
    let address: NativeAddress

    init(backlog: Int32 = 128) {
        let descriptor = swivel_socket(AF_INET, 1)
        self.descriptor = descriptor
        var bound = NativeAddress(.ipv4(host: 0x7f00_0001, port: 0))
        precondition(bound.withPointer { bind(descriptor, $0, $1) } == 0, "loopback has a free port")
        var byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
        withUnsafeMutablePointer(to: &bound.storage) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &byteCount) }
        }
        address = bound
        if backlog >= 0 { precondition(listen(descriptor, backlog) == 0, "a socket listens") }
    }

    deinit { close(descriptor) }

    /// A connection whose accept is due.
    func connect() -> Int32 {
        let client = swivel_socket(AF_INET, 0)
        precondition(address.withPointer { swivel_connect(client, $0, $1) } == 0, "loopback connects")
        return client
    }

    func accept() -> Int32 {
        // The client may take itself for connected before the queue has it.
        awaitInput(descriptor, milliseconds: 30_000)
        return swivel_accept(descriptor, 0)
    }
}

/// Waits until there is something to take from a socket, but not for longer.
private func awaitInput(_ descriptor: Int32, milliseconds: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&entry, 1, milliseconds)
}
