// What connections in http mode have to do before the shard sleeps: send, receive on, stop receiving, close.
// All that has come in one turn leaves in one send: a head with its body, the answers to several requests.

extension Shard where IO: ~Copyable {
    /// Puts a connection on the list of those to look at before the shard sleeps.
    @inline(__always)
    mutating func list(_ connection: UnsafeMutablePointer<HTTPConnection>, _ handle: Handle) {
        guard !connection.pointee.facts.contains(.listed) else { return }
        connection.pointee.facts.insert(.listed)
        let isListed = http.listed.append(handle)
        precondition(isListed, "the list has a place for each connection, and none stands in it twice")
    }

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
}
