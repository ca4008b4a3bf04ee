// What connections in http mode have to do before the shard sleeps: send, receive on, stop receiving, close.
// All that has come in one turn leaves in one send: a head with its body, the answers to several requests.

internal import Glibc

extension Shard where IO: ~Copyable {
    // MARK: - Orders

    /// Carries out the orders of every listed connection, then lets the starved ones receive again.
    mutating func carryOutHTTPOrders() {
        // Carrying one out may list another: a connection that is given up, the next request of a pipeline.
        var rounds = 0
        while !http.listed.isEmpty, rounds < 4 {
            rounds += 1
            var count = http.listed.count
            while count > 0, let handle = http.listed.removeFirst() {
                count &-= 1
                guard let connection = http.connections.find(handle) else { continue }
                connection.pointee.facts.remove(.listed)
                if connection.pointee.phase != .closing { carryOut(handle, connection) }
            }
        }
        if !http.starved.isEmpty { feedStarvedConnections() }
    }

    @inline(__always)
    private mutating func carryOut(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        if connection.pointee.phase == .leaving { return joinIfFree(connection.pointee.exchange) }
        let blocked: HTTPConnection.Facts = [.sending, .awaitingRoom, .opening]
        if !connection.pointee.output.isEmpty, connection.pointee.facts.isDisjoint(with: blocked) { send(handle, connection) }
        if connection.pointee.phase == .closing { return }
        if connection.pointee.facts.contains(.closesAfterOutput), connection.pointee.isFlushed,
            connection.pointee.phase != .lingering
        {
            return closeFlushed(handle, connection)
        }
        if connection.pointee.phase == .idle, !connection.pointee.input.isEmpty || connection.pointee.facts.contains(.ended) {
            readRequests(handle, connection)
            if connection.pointee.phase == .closing { return }
        }
        guard leaveReceiveBuffers(connection) else { return memoryShort(handle, connection) }
        if connection.pointee.exchange != HTTPConnection.nobody { spliceIfReady(connection.pointee.exchange) }
        if connection.pointee.phase == .closing { return }
        let facts = connection.pointee.facts
        let wants = wantsBytes(connection)
        if facts.contains(.receiving) {
            if !wants, !facts.contains(.cancelling) {
                connection.pointee.facts.insert(.cancelling)
                io.cancel(Token(.receive, handle), on: connection.pointee.descriptor)
            }
        } else if wants, facts.isDisjoint(with: [.starved, .awaitingBytes]) {
            // Whoever waits for buffers longer comes first.
            if http.starved.isEmpty { receive(handle, connection) } else { starve(handle, connection) }
        }
        arm(handle, connection)
    }

    /// What has to wait does not wait in receive buffers: with few of those, nobody would be heard who could end the
    /// waiting.
    @inline(__always)
    private mutating func leaveReceiveBuffers(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        let pool = io.buffers
        var isDone = true
        if connection.pointee.facts.contains(.awaitingRoom), connection.pointee.output.endsInReceiveBuffer(of: pool) {
            isDone = !pool.isNearlyUsedUp && connection.pointee.output.moveToSpill(in: pool, startsSmall: true)
        }
        if connection.pointee.input.endsInReceiveBuffer(of: pool) {
            isDone = connection.pointee.input.moveToSpill(in: pool, startsSmall: true) && isDone
        }
        if connection.pointee.role == .client, let exchange = http.exchanges.find(connection.pointee.exchange),
            exchange.pointee.request.endsInReceiveBuffer(of: pool)
        {
            isDone = exchange.pointee.request.moveToSpill(in: pool, startsSmall: true) && isDone
        }
        if !isDone { counters.count(.spillExhausted) }
        // A server is given up only where its client is.
        return isDone || connection.pointee.role == .server
    }

    @inline(__always)
    private mutating func receive(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        connection.pointee.facts.insert(.receiving)
        // Of a server's answer not more than its head should come before it is known whether the rest goes by splice;
        // one whose answers are short is listened to all the time, which saves arming a receive for each (measured:
        // 2.4 us of 16 with a thousand clients). A client is, once it is known to ask more than once: a receive in
        // flight has to be cancelled before its connection can be closed.
        let isLasting = connection.pointee.facts.contains(connection.pointee.role == .client ? .hasServed : .brisk)
        let extent: ReceiveExtent = !http.starved.isEmpty ? .once : isLasting ? .continuous : .batch
        io.receive(from: connection.pointee.descriptor, extent, Token(.receive, handle))
    }

    /// Whether the connection is to be read now.
    @inline(__always)
    private func wantsBytes(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        let facts = connection.pointee.facts
        if !facts.isDisjoint(with: [.ended, .opening]) { return false }
        switch connection.pointee.phase {
        case .lingering, .pooled: return true
        case .idle, .head: return facts.isDisjoint(with: [.closesAfterOutput, .full])
        case .exchanging:
            if !facts.isDisjoint(with: [.closesAfterOutput, .full]) { return false }
            guard let exchange = http.exchanges.find(connection.pointee.exchange) else { return false }
            if connection.pointee.role == .client, exchange.pointee.requestBody.isEnded,
                !exchange.pointee.facts.contains(.persistent)
            {
                // Nothing that it could still say would be heard; but where it waits long, its leaving would.
                return exchange.pointee.facts.contains(.queued) || io.now &- exchange.pointee.headAt > Self.patienceNanoseconds
            }
            return !isSpliced(exchange, from: connection.pointee.role)
        case .connecting, .leaving, .closing: return false
        }
    }

    /// Receive buffers have come back: those that have waited longest ask again, one buffer each and no more of
    /// them than there are buffers (see `feedStarved`).
    private mutating func feedStarvedConnections() {
        guard io.buffers.canReceive else { return }
        var room = io.buffers.receivesMax
        while room > 0, let handle = http.starved.removeFirst() {
            guard let connection = http.connections.find(handle) else { continue }
            connection.pointee.facts.remove(.starved)
            connection.pointee.lastActivity = Tick(nanoseconds: io.now)
            guard connection.pointee.phase != .closing, wantsBytes(connection), !connection.pointee.facts.contains(.receiving)
            else { continue }
            room -= 1
            connection.pointee.facts.insert(.receiving)
            io.receive(from: connection.pointee.descriptor, .once, Token(.receive, handle))
        }
    }

    private static var patienceNanoseconds: UInt64 { 1_000_000_000 }

    // MARK: - Sends

    @inline(__always)
    private mutating func send(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
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

    /// Bytes have come to a socket that is not waited on by receiving.
    mutating func bytesReported(on handle: Handle) {
        guard let connection = findConnection(handle) else { return }
        connection.pointee.facts.remove(.awaitingBytes)
        if connection.pointee.phase == .closing { return releaseIfFree(handle, connection) }
        list(connection, handle)
    }

    /// A client that is not read waits long already: whether it is reset is watched.
    mutating func watch(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        guard client.pointee.phase == .exchanging, client.pointee.facts.isDisjoint(with: [.receiving, .watching, .ended]) else {
            return
        }
        client.pointee.facts.insert(.watching)
        io.poll(client.pointee.descriptor, for: .failure, Token(.failure, handle))
    }

    /// A connection that is not read has failed, or both its ends are told.
    mutating func failureReported(_ result: Int32, on handle: Handle) {
        guard let connection = findConnection(handle) else { return }
        connection.pointee.facts.remove(.watching)
        if connection.pointee.phase == .closing { return releaseIfFree(handle, connection) }
        if connection.pointee.phase == .leaving { return list(connection, handle) }
        guard result > 0, result & POLLERR != 0, connection.pointee.role == .client else { return }
        clientLost(handle, connection, .clientReset)
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
