// Bytes of connections in http mode as they come, and heads found in them. What they mean is for the files
// beside this one.

internal import Codecs
internal import Glibc

extension Shard where IO: ~Copyable {
    /// The connection, or `nil` (counted) where the completion came late for one that has left.
    @inline(__always)
    mutating func findConnection(_ handle: Handle) -> UnsafeMutablePointer<HTTPConnection>? {
        if let connection = http.connections.find(handle) { return connection }
        counters.count(.staleCompletions)
        return nil
    }

    /// Bytes, or the end of receiving.
    @inline(__always)
    mutating func received(_ completion: Completion, from handle: Handle) {
        guard let connection = findConnection(handle) else { return discard(completion.chain) }
        if !completion.hasMore { connection.pointee.facts.subtract([.receiving, .cancelling]) }
        if connection.pointee.phase == .closing {
            discard(completion.chain)
            return releaseIfFree(handle, connection)
        }
        if completion.result > 0 {
            if connection.pointee.role == .client { connection.pointee.lastActivity = Tick(nanoseconds: io.now) }
            if connection.pointee.phase == .lingering {
                discard(completion.chain)
            } else if keep(completion, in: &connection.pointee.input) {
                understand(handle, connection)
            } else {
                counters.count(.spillExhausted)
                memoryShort(handle, connection)
            }
        } else {
            receiveEnded(completion.result, handle, connection)
        }
        list(connection, handle)
    }

    /// What a connection has received finds no memory: bytes that are nowhere cannot be passed on.
    mutating func memoryShort(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        if connection.pointee.role == .client { return clientLost(handle, connection, .resourcesShort) }
        let name = connection.pointee.exchange
        guard let exchange = http.exchanges.find(name) else { return close(handle, connection, abruptly: true) }
        giveUp(name, exchange, .resourcesShort)
    }

    func discard(_ chain: BufferQueue) {
        var chain = chain
        chain.discard(in: io.buffers)
    }

    /// Puts received bytes behind those that wait; answers `false` where there is no memory for them.
    @inline(__always)
    private mutating func keep(_ completion: Completion, in input: inout BufferQueue) -> Bool {
        guard let scratch = completion.scratch else {
            input.append(completion.chain, in: io.buffers)
            return true
        }
        return input.appendHead(UnsafeRawBufferPointer(start: scratch, count: Int(completion.result)), in: io.buffers)
    }

    private mutating func receiveEnded(_ result: Int32, _ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        switch -result {
        case ECANCELED, EINTR:
            break  // Asked for: what to do next follows from the facts.
        case ENOBUFS:
            counters.count(.receiveStarved)
            starve(handle, connection)
        case EAGAIN:
            // A flow through this socket is spliced, so it does not wait: a poll does.
            connection.pointee.facts.insert(.awaitingBytes)
            io.poll(connection.pointee.descriptor, for: .bytes, Token(.bytes, handle))
        case 0:
            connection.pointee.facts.insert(.ended)
            understand(handle, connection)
        default:
            connection.pointee.facts.formUnion([.ended, .broken])
            understand(handle, connection)
        }
    }

    mutating func starve(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        guard !connection.pointee.facts.contains(.starved) else { return }
        // Those that have left stand there until there are buffers again: so there may be no place.
        guard http.starved.append(handle) else { return memoryShort(handle, connection) }
        connection.pointee.facts.insert(.starved)
    }

    /// Acts on what a connection has received, and on its end.
    @inline(__always)
    mutating func understand(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        switch (connection.pointee.role, connection.pointee.phase) {
        case (.client, .idle), (.client, .head): readRequests(handle, connection)
        case (.client, .exchanging): clientSpoke(handle, connection)
        case (.client, .lingering): if connection.pointee.facts.contains(.ended) { close(handle, connection) }
        case (.server, .exchanging): serverSpoke(handle, connection)
        case (.server, .pooled): pooledSpoke(handle, connection)
        case (.server, .connecting), (_, .leaving), (_, .closing): break
        case (.client, .connecting), (.client, .pooled), (.server, .idle), (.server, .head), (.server, .lingering):
            assertionFailure("no such connection")
        }
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

    // MARK: - Heads in pieces

    /// Looks for the end of a head that did not come in one piece, and puts the head together: its bytes, or `nil`
    /// where it is not whole yet.
    ///
    /// - Parameter limits: a head beyond them is answered with a rejection.
    mutating func gatherHead(
        _ connection: UnsafeMutablePointer<HTTPConnection>, limits: HeadLimits, _ rejection: inout Rejection?
    ) -> UnsafeRawBufferPointer? {
        let pool = io.buffers
        var (index, offset, end) = (connection.pointee.input.first, 0, -1)
        while index != BufferPool.none, end < 0 {
            let held = pool[index]
            let seen = Int(connection.pointee.headEnd.seenBytes)
            if offset + Int(held.count) > seen {
                let start = max(0, seen - offset)
                let bytes = UnsafeRawBufferPointer(
                    start: pool.base(of: index) + Int(held.offset) + start, count: Int(held.count) - start)
                if let count = connection.pointee.headEnd.find(bytes) { end = offset + start + count }
            }
            offset += Int(held.count)
            index = held.next
        }
        if connection.pointee.headEnd.hasBareLineFeed {
            rejection = .bareLineFeed
            return nil
        }
        guard end >= 0, end <= limits.headBytesMax else {
            // What waits leaves the receive buffers as the turn ends (`leaveReceiveBuffers`).
            if end >= 0 || connection.pointee.input.count >= limits.headBytesMax { rejection = .headTooLong }
            return nil
        }
        let head = UnsafeMutableRawBufferPointer(rebasing: http.gathered[..<end])
        _ = connection.pointee.input.copy(to: head, in: pool)
        return UnsafeRawBufferPointer(head)
    }
}
