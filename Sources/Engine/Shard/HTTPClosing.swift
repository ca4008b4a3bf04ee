// The end of connections in http mode, in three steps as a relay's.

extension Shard where IO: ~Copyable {
    /// Ends a connection: asks the kernel to let go of everything it holds of it.
    mutating func close(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>, abruptly: Bool = false) {
        guard connection.pointee.phase != .closing else { return }
        if connection.pointee.phase == .pooled {
            http.pools[globalServer(connection)].remove(handle.slot, in: http.connections)
            http.pooledCount -= 1
        }
        connection.pointee.phase = .closing
        if abruptly { connection.pointee.facts.insert(.abrupt) }
        http.timers.cancel(handle.slot)
        let (facts, descriptor) = (connection.pointee.facts, connection.pointee.descriptor)
        if facts.contains(.opening) { io.cancel(Token(.open, handle), on: descriptor) }
        if facts.contains(.receiving), !facts.contains(.cancelling) { io.cancel(Token(.receive, handle), on: descriptor) }
        if facts.contains(.awaitingBytes) { io.cancel(Token(.bytes, handle), on: descriptor) }
        if facts.contains(.awaitingRoom) { io.cancel(Token(.room, handle), on: descriptor) }
        if facts.contains(.watching) { io.cancel(Token(.failure, handle), on: descriptor) }
        // A send never waits, so it ends by itself.
        releaseIfFree(handle, connection)
    }

    /// The last step, once a connection that has ended is no longer held by the kernel.
    mutating func releaseIfFree(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        guard connection.pointee.phase == .closing, !connection.pointee.isInFlight,
            !connection.pointee.facts.contains(.released)
        else { return }
        connection.pointee.facts.insert(.released)
        connection.pointee.input.discard(in: io.buffers)
        connection.pointee.output.discard(in: io.buffers)
        io.close(connection.pointee.descriptor, abruptly: connection.pointee.facts.contains(.abrupt))
        if connection.pointee.facts.contains(.hasPlace) {
            connection.pointee.facts.remove(.hasPlace)
            freePlace(on: Int(connection.pointee.server), of: Int(connection.pointee.backend))
        }
        let isKept = http.released.append(handle)
        precondition(isKept, "a connection is released once")
        guard connection.pointee.role == .client else { return }
        leaveAddress(of: connection)
        http.clientCount -= 1
        inboxes[index].addLoad(-1)
        releaseLimits(of: Int(connection.pointee.listener))
    }

    /// The turn is over: slots of connections that ended in it are free.
    mutating func freeReleased() {
        while let handle = http.released.removeFirst() { http.connections.remove(handle) }
    }
}
