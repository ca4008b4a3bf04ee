// Sends to connections in http mode: what the peer took or why it took nothing, and waiting for room where it takes
// no more.

internal import Glibc

extension Shard where IO: ~Copyable {
    /// Offers the peer all that waits for it.
    @inline(__always)
    mutating func send(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        let facts = connection.pointee.facts
        // Its patience begins now: it may have waited long for what it is sent.
        if !facts.contains(.backlogged) { connection.pointee.lastActivity = Tick(nanoseconds: io.now) }
        // With a receive armed and nothing waiting for this send, its success is no news.
        let isUrgent =
            !facts.contains(.receiving) || facts.contains(.closesAfterOutput) || isWaitedFor(connection)
            || !http.starved.isEmpty
        let outcome = io.send(
            connection.pointee.output, to: connection.pointee.descriptor, isUrgent: isUrgent, Token(.send, handle))
        switch outcome {
        case .queued(let asked):
            connection.pointee.facts.insert(.sending)
            connection.pointee.askedBytes = UInt32(truncatingIfNeeded: asked)
        case .finished(let result, let asked):
            settle(result, asked: asked, handle, connection)
            // One send takes so many pieces; the rest goes with the next.
            if connection.pointee.phase != .closing, !connection.pointee.output.isEmpty,
                !connection.pointee.facts.contains(.awaitingRoom)
            {
                list(connection, handle)
            }
        }
    }

    /// Whether something goes on only once the output has gone: the other side is not read, or waits to splice.
    @inline(__always)
    private func isWaitedFor(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        guard let exchange = http.exchanges.find(connection.pointee.exchange) else { return false }
        if connection.pointee.role == .server, exchange.pointee.facts.contains(.responseEnded) { return true }
        // The next piece of a file.
        if exchange.pointee.facts.contains(.ownBody) { return true }
        if exchange.pointee.facts.contains(.changing) || !connection.pointee.input.isEmpty { return true }
        let other = connection.pointee.role == .client ? exchange.pointee.connection : exchange.pointee.client
        guard let peer = http.connections.find(other) else { return false }
        return peer.pointee.facts.contains(.full) || !peer.pointee.input.isEmpty
    }

    /// A send has ended: `result` bytes went, or none and why.
    @inline(__always)
    mutating func sent(_ result: Int32, on handle: Handle) {
        guard let connection = findConnection(handle) else { return }
        connection.pointee.facts.remove(.sending)
        if connection.pointee.phase == .closing { return releaseIfFree(handle, connection) }
        settle(result, asked: Int(connection.pointee.askedBytes), handle, connection)
        if connection.pointee.phase != .closing { list(connection, handle) }
    }

    @inline(__always)
    private mutating func settle(
        _ result: Int32, asked: Int, _ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>
    ) {
        if result >= 0 {
            connection.pointee.output.consume(Int(result), in: io.buffers)
            connection.pointee.sentBytes &+= UInt64(result)
            connection.pointee.deliveredBytes &+= UInt64(result)
            noteProgress(connection, isFull: Int(result) < asked)
            count(sent: Int(result), connection)
            if Int(result) < asked { awaitRoom(handle, connection) }
            outputShrank(handle, connection)
        } else if result == -EAGAIN {
            awaitRoom(handle, connection)
        } else if result == -EINTR || result == -ECANCELED {
            list(connection, handle)
        } else {
            sendFailed(handle, connection)
        }
    }

    /// What a socket's buffer takes says little of its peer: while bytes wait, acknowledgements are what counts (see
    /// `isStillTaking`).
    @inline(__always)
    private mutating func noteProgress(_ connection: UnsafeMutablePointer<HTTPConnection>, isFull: Bool) {
        if connection.pointee.output.isEmpty {
            connection.pointee.facts.remove(.backlogged)
        } else if connection.pointee.facts.contains(.backlogged) {
            return
        } else if isFull {
            beginBacklog(connection)
        }
        connection.pointee.lastActivity = Tick(nanoseconds: io.now)
    }

    mutating func beginBacklog(_ connection: UnsafeMutablePointer<HTTPConnection>) {
        guard !connection.pointee.facts.contains(.backlogged) else { return }
        connection.pointee.facts.insert(.backlogged)
        connection.pointee.acknowledgedBytes = acknowledged(connection)
    }

    /// Bytes that the peer's kernel has confirmed.
    mutating func acknowledged(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Int64 {
        Int64(bitPattern: connection.pointee.deliveredBytes) &- Int64(max(0, io.unsent(on: connection.pointee.descriptor)))
    }

    /// The peer takes no more for now: what waits for it leaves the receive buffers.
    private mutating func awaitRoom(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        connection.pointee.facts.insert(.awaitingRoom)
        beginBacklog(connection)
        if !connection.pointee.output.moveToSpill(in: io.buffers, startsSmall: true) { counters.count(.spillExhausted) }
        list(connection, handle)
        io.poll(connection.pointee.descriptor, for: .room, Token(.room, handle))
    }

    @inline(__always)
    private func count(sent bytes: Int, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        let bytes = UInt64(truncatingIfNeeded: bytes)
        if connection.pointee.role == .client {
            counters.add(bytes, to: .bytesOut)
        } else {
            counters.add(bytes, to: .bytesIn)
            tally.add(bytes, to: .bytesIn, of: globalServer(connection))
        }
    }

    @inline(__always)
    func globalServer(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Int {
        plan.backends[Int(connection.pointee.backend)].firstServer &+ Int(connection.pointee.server)
    }

    /// Room has come, or the socket broke, which the next send will tell.
    mutating func roomReported(on handle: Handle) {
        guard let connection = findConnection(handle) else { return }
        connection.pointee.facts.remove(.awaitingRoom)
        if connection.pointee.phase == .closing { return releaseIfFree(handle, connection) }
        list(connection, handle)
    }

    /// Less waits to be sent than before: more may be taken in, or it was the last.
    @inline(__always)
    private mutating func outputShrank(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        guard connection.pointee.output.count < HTTPConnection.lowWaterBytes else { return }
        switch connection.pointee.role {
        case .client: clientTook(handle, connection)
        case .server: serverTook(handle, connection)
        }
    }

    private mutating func sendFailed(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        connection.pointee.output.discard(in: io.buffers)
        connection.pointee.facts.insert(.deaf)
        switch connection.pointee.role {
        case .client: clientLost(handle, connection, .clientReset)
        case .server: serverDeaf(handle, connection)
        }
    }
}
