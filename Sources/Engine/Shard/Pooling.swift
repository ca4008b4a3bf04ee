// Connections to servers between two exchanges: kept, used again, or given up.

internal import Balancing
internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    /// An idle connection to the server, where this request may go over one.
    mutating func takePooled(_ server: Int, _ exchange: UnsafeMutablePointer<Exchange>) -> Handle? {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        let pool = backend.firstServer + server
        while http.pools[pool].first != ServerPool.none {
            guard mayReuse(exchange, backend) else { return nil }
            let slot = http.pools[pool].first
            let connection = http.connections.place(slot)
            guard let handle = http.connections.tenant(of: Int(slot)) else { return nil }
            // A request that cannot be sent twice is not sent after the server's end, even where that is no news yet.
            let isSuspect = exchange.pointee.held.isEmpty || connection.pointee.facts.contains(.suspect)
            if isSuspect, io.hasNews(connection.pointee.descriptor) {
                close(handle, connection)
                continue
            }
            http.pools[pool].remove(slot, in: http.connections)
            http.pooledCount -= 1
            return handle
        }
        return nil
    }

    private func mayReuse(_ exchange: UnsafeMutablePointer<Exchange>, _ backend: PlannedBackend) -> Bool {
        if exchange.pointee.facts.contains(.wantsFresh) { return false }
        switch backend.exchanges.reuse {
        case .off: return false
        case .always: return true
        case .safe: return !exchange.pointee.held.isEmpty || exchange.pointee.facts.contains(.laterRequest)
        }
    }

    /// The server has served its exchange: its connection waits for the next one, or is closed.
    mutating func releaseServer(
        _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>
    ) {
        endSplice(exchange)
        exchange.pointee.connection = HTTPConnection.nobody
        leavePlace(exchange)
        server.pointee.exchange = HTTPConnection.nobody
        // What follows an answer that was whole is nobody's.
        if !server.pointee.input.isEmpty { mistrust(globalServer(server)) }
        guard isReusable(exchange, server) else { return close(handle, server) }
        let backend = plan.backends[Int(server.pointee.backend)]
        let pool = globalServer(server)
        guard http.pools[pool].mistrustedUntil <= io.now, http.pools[pool].count < backend.exchanges.reuseMax,
            http.pooledCount < http.clientsMax
        else { return close(handle, server) }
        server.pointee.enter(.pooled, at: Tick(nanoseconds: io.now))
        if exchange.pointee.responseBody.passedBytes <= HTTPConnection.highWaterBytes {
            server.pointee.facts.insert(.brisk)
        } else {
            server.pointee.facts.remove(.brisk)
        }
        server.pointee.facts.remove(.full)
        http.pools[pool].push(handle.slot, in: http.connections)
        http.pooledCount += 1
        list(server, handle)
    }

    private func isReusable(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>) -> Bool
    {
        let backend = plan.backends[Int(server.pointee.backend)]
        guard exchange.pointee.facts.contains(.serverPersistent), exchange.pointee.requestBody.isEnded, !isDraining else {
            return false
        }
        guard backend.exchanges.reuse != .off, backend.introductions[Int(server.pointee.server)] == .none else { return false }
        let facts = server.pointee.facts
        guard server.pointee.input.isEmpty, facts.isDisjoint(with: [.ended, .broken, .deaf, .awaitingRoom, .nonBlocking]) else {
            return false
        }
        // The last of the request may be on its way still; its success is told later.
        return server.pointee.output.isEmpty || server.pointee.isOnItsWay
    }

    /// A pooled connection has ended, or its server speaks unasked: either way it is no use.
    mutating func pooledSpoke(_ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>) {
        if server.pointee.facts.contains(.ended), server.pointee.input.isEmpty {
            let ticks = max(0, Tick(nanoseconds: io.now).since(server.pointee.phaseSince))
            let milliseconds = UInt64(ticks) << Tick.nanosecondsShift / 1_000_000
            http.pools[globalServer(server)].closedByServer(afterMilliseconds: UInt32(clamping: milliseconds))
        } else {
            return mistrust(globalServer(server))
        }
        close(handle, server)
    }

    /// The server speaks unasked: its idle connections end, and for a while it gets a fresh one for each request.
    mutating func mistrust(_ server: Int) {
        counters.count(.unaskedAnswers)
        http.pools[server].mistrustedUntil = io.now &+ ServerPool.mistrustNanoseconds
        while http.pools[server].last != ServerPool.none { dropLast(of: server) }
    }

    /// How long an idle connection of the server is kept.
    func poolMilliseconds(_ server: UnsafeMutablePointer<HTTPConnection>) -> UInt64 {
        let fixed = plan.backends[Int(server.pointee.backend)].exchanges.reuseIdleMilliseconds
        return UInt64(fixed ?? http.pools[globalServer(server)].idleMilliseconds)
    }

    /// The server has no part in the exchange any more, and its connection is not fit for another.
    mutating func dropServer(_ exchange: UnsafeMutablePointer<Exchange>) {
        endSplice(exchange)
        let handle = exchange.pointee.connection
        exchange.pointee.connection = HTTPConnection.nobody
        guard handle != HTTPConnection.nobody, let server = http.connections.find(handle), server.pointee.phase != .closing
        else {
            return leavePlace(exchange)
        }
        server.pointee.exchange = HTTPConnection.nobody
        // The server counts it until it is closed, and so do we: its limit holds.
        if exchange.pointee.facts.contains(.hasPlace) {
            exchange.pointee.facts.remove(.hasPlace)
            server.pointee.facts.insert(.hasPlace)
        }
        close(handle, server, abruptly: true)
    }

    /// Descriptors are short: some connections that were idle longest at their servers make room.
    mutating func dropSomePooled() {
        guard http.pooledCount > 0 else { return }
        let start = Int(truncatingIfNeeded: io.random() % UInt64(plan.serverCount))
        var left = 16
        for step in 0..<plan.serverCount {
            let server = (start + step) % plan.serverCount
            guard http.pools[server].last != ServerPool.none else { continue }
            dropLast(of: server)
            left -= 1
            if left == 0 { return }
        }
    }

    /// Every idle connection to a server ends.
    mutating func dropAllPooled() {
        for server in 0..<plan.serverCount {
            while http.pools[server].last != ServerPool.none { dropLast(of: server) }
        }
    }

    private mutating func dropLast(of server: Int) {
        let slot = http.pools[server].last
        guard let handle = http.connections.tenant(of: Int(slot)) else { return }
        close(handle, http.connections.place(slot))
    }
}
