// The patience with connections in http mode: by when each has to do what it owes, and what becomes of one that has not.

internal import Balancing
internal import Config

extension Shard where IO: ~Copyable {
    /// Sees to it that the wheel looks at the connection by its deadline. A deadline that moved away costs nothing:
    /// the wheel looks, and finds a later one.
    @inline(__always)
    mutating func arm(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        guard connection.pointee.phase != .closing else { return }
        guard let deadline = deadline(of: connection) else {
            // It waits for nobody now; what it waits for next may not list it.
            if connection.pointee.facts.contains(.timed) { return }
            return schedule(handle, connection, at: Tick(nanoseconds: io.now).after(milliseconds: Self.lookMilliseconds))
        }
        if connection.pointee.facts.contains(.timed), deadline.since(connection.pointee.wheelTick) >= 0 { return }
        schedule(handle, connection, at: deadline)
    }

    mutating func schedule(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>, at tick: Tick) {
        connection.pointee.facts.insert(.timed)
        connection.pointee.wheelTick = tick
        http.timers.schedule(handle.slot, at: tick)
    }

    /// When the connection's patience ends; `nil`: it waits for nobody whom it could blame.
    @inline(__always)
    private func deadline(of connection: UnsafeMutablePointer<HTTPConnection>) -> Tick? {
        // It is not listened to for want of buffers, which is not its fault. A request's head has its time all the same.
        if connection.pointee.facts.contains(.starved), connection.pointee.phase == .exchanging, connection.pointee.isFlushed {
            return nil
        }
        return connection.pointee.role == .client ? clientDeadline(connection) : serverDeadline(connection)
    }

    private func clientDeadline(_ client: UnsafeMutablePointer<HTTPConnection>) -> Tick? {
        let rules = rules(of: client)
        switch client.pointee.phase {
        case .idle:
            if client.pointee.isOwedTaking {
                return client.pointee.lastActivity.after(milliseconds: rules.pointee.clientTimeoutMilliseconds)
            }
            // Draining, only those go on that are about to ask: a connection that was made for later may never be used.
            let hasServed = client.pointee.facts.contains(.hasServed)
            let keep = hasServed ? rules.pointee.keepAliveTimeoutMilliseconds : rules.pointee.headTimeoutMilliseconds
            return client.pointee.phaseSince.after(milliseconds: isDraining ? min(keep, Self.drainIdleMilliseconds) : keep)
        case .head: return client.pointee.phaseSince.after(milliseconds: rules.pointee.headTimeoutMilliseconds)
        case .exchanging:
            guard let exchange = http.exchanges.find(client.pointee.exchange) else { return nil }
            return exchangeDeadline(exchange, client, rules)
        case .lingering:
            let end = client.pointee.phaseSince.after(milliseconds: Self.lingerMilliseconds)
            let patience = isDraining ? Self.drainIdleMilliseconds : Self.lingerQuietMilliseconds
            let quiet = client.pointee.lastActivity.after(milliseconds: patience)
            return quiet.since(end) < 0 ? quiet : end
        case .connecting, .pooled, .leaving, .closing: return nil
        }
    }

    private func exchangeDeadline(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ rules: UnsafePointer<HTTPRules>
    ) -> Tick? {
        if exchange.pointee.facts.contains(.queued) { return exchange.pointee.phaseDeadline }
        if exchange.pointee.facts.contains(.waitsForDescriptor) { return client.pointee.wheelTick }
        if client.pointee.isOwedTaking || (exchange.pointee.isSplicingDown && exchange.pointee.pipedBytes > 0) {
            return client.pointee.lastActivity.after(milliseconds: rules.pointee.clientTimeoutMilliseconds)
        }
        guard isAwaitingBody(exchange, client) else { return nil }
        let idle = client.pointee.lastActivity.after(milliseconds: rules.pointee.bodyIdleTimeoutMilliseconds)
        guard rules.pointee.minRateBytesPerSecond > 0 else { return idle }
        let rate = exchange.pointee.rateSince.after(milliseconds: Self.rateWindowMilliseconds)
        return rate.since(idle) < 0 ? rate : idle
    }

    /// Whether it is the client on whom the request's body waits.
    private func isAwaitingBody(_ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>)
        -> Bool
    {
        guard !exchange.pointee.requestBody.isEnded, !client.pointee.facts.contains(.full),
            !exchange.pointee.facts.contains(.abandoned),
            !exchange.pointee.mayHoldBody
        else { return false }
        guard !exchange.pointee.isSplicingUp else { return exchange.pointee.pipedBytes == 0 }
        guard let server = http.connections.find(exchange.pointee.connection) else { return true }
        return server.pointee.output.isEmpty || server.pointee.phase != .exchanging
    }

    private func serverDeadline(_ server: UnsafeMutablePointer<HTTPConnection>) -> Tick? {
        let backend = plan.backends[Int(server.pointee.backend)]
        switch server.pointee.phase {
        case .connecting: return server.pointee.phaseSince.after(milliseconds: backend.connectTimeoutMilliseconds)
        case .pooled: return server.pointee.phaseSince.after(milliseconds: poolMilliseconds(server))
        case .exchanging:
            guard let exchange = http.exchanges.find(server.pointee.exchange), isAwaitingServer(exchange, server) else {
                return nil
            }
            return server.pointee.lastActivity.after(milliseconds: backend.exchanges.serverTimeoutMilliseconds)
        case .idle, .head, .lingering, .leaving, .closing: return nil
        }
    }

    /// Whether it is the server on whom the exchange waits.
    private func isAwaitingServer(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>)
        -> Bool
    {
        if !server.pointee.isFlushed || (exchange.pointee.isSplicingUp && exchange.pointee.pipedBytes > 0) { return true }
        if exchange.pointee.isSplicingDown { return exchange.pointee.pipedBytes == 0 }
        if exchange.pointee.facts.contains(.responseEnded) || server.pointee.facts.contains(.full) { return false }
        // As long as the client sends, the server may keep its answer back.
        return exchange.pointee.requestBody.isEnded || exchange.pointee.facts.contains(.answered)
            || exchange.pointee.mayHoldBody
    }

    private static var lingerMilliseconds: UInt64 { 30_000 }
    private static var lingerQuietMilliseconds: UInt64 { 5_000 }
    private static var drainIdleMilliseconds: UInt64 { 1_000 }
    private static var rateWindowMilliseconds: UInt64 { 5_000 }
    /// How often a connection is looked at that waits for nobody.
    private static var lookMilliseconds: UInt64 { 1_000 }

    mutating func fireHTTPTimers() {
        let now = Tick(nanoseconds: io.now)
        while let slot = http.timers.nextExpired(at: now) {
            guard let handle = http.connections.tenant(of: Int(slot)), let connection = http.connections.find(handle) else {
                continue
            }
            connection.pointee.facts.remove(.timed)
            guard connection.pointee.phase != .closing else { continue }
            if let deadline = deadline(of: connection) {
                if isWaitingForDescriptor(connection) {
                    tryAgainForDescriptor(connection)
                } else if deadline.hasPassed(at: now) {
                    connection.pointee.role == .client
                        ? clientExpired(handle, connection, now) : serverExpired(handle, connection)
                } else {
                    schedule(handle, connection, at: deadline)
                }
            } else {
                schedule(handle, connection, at: now.after(milliseconds: Self.lookMilliseconds))
                list(connection, handle)
                if connection.pointee.role == .client { watch(handle, connection) }
            }
        }
    }

    private func isWaitingForDescriptor(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        guard connection.pointee.role == .client, let exchange = http.exchanges.find(connection.pointee.exchange) else {
            return false
        }
        return exchange.pointee.facts.contains(.waitsForDescriptor) && !exchange.pointee.facts.contains(.queued)
    }

    private mutating func tryAgainForDescriptor(_ client: UnsafeMutablePointer<HTTPConnection>) {
        let name = client.pointee.exchange
        if let exchange = http.exchanges.find(name) { assign(name, exchange) }
    }

    private mutating func clientExpired(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ now: Tick) {
        switch client.pointee.phase {
        case .idle:
            if client.pointee.isOwedTaking { return clientStalled(handle, client, now) }
            close(handle, client)
        case .head:
            counters.count(.headTimeouts)
            headExpired(handle, client)
        case .exchanging:
            let name = client.pointee.exchange
            guard let exchange = http.exchanges.find(name) else { return }
            if exchange.pointee.facts.contains(.queued) {
                counters.count(.queueTimeouts)
                return giveUp(name, exchange, .queueTimeout)
            }
            if client.pointee.isOwedTaking || (exchange.pointee.isSplicingDown && exchange.pointee.pipedBytes > 0) {
                return clientStalled(handle, client, now)
            }
            bodyExpired(name, exchange, handle, client, now)
        case .lingering: close(handle, client)
        case .connecting, .pooled, .leaving, .closing: break
        }
    }

    private mutating func bodyExpired(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ client: UnsafeMutablePointer<HTTPConnection>, _ now: Tick
    ) {
        let rules = rules(of: client)
        let idle = client.pointee.lastActivity.after(milliseconds: rules.pointee.bodyIdleTimeoutMilliseconds)
        if idle.hasPassed(at: now) {
            counters.count(.timeouts)
            return giveUp(name, exchange, .bodyTimeout)
        }
        // A window that ended long ago was one in which nobody waited for the client.
        let end = exchange.pointee.rateSince.after(milliseconds: Self.rateWindowMilliseconds + Self.lookMilliseconds)
        if end.hasPassed(at: now) { return beginRateWindow(exchange, handle, client, now) }
        let came = exchange.pointee.requestBody.passedBytes &- exchange.pointee.rateBytes
        let wanted = UInt64(rules.pointee.minRateBytesPerSecond) * Self.rateWindowMilliseconds / 1000
        if came < wanted {
            counters.count(.timeouts)
            return giveUp(name, exchange, .bodyTooSlow)
        }
        beginRateWindow(exchange, handle, client, now)
    }

    private mutating func beginRateWindow(
        _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ now: Tick
    ) {
        exchange.pointee.rateSince = now
        exchange.pointee.rateBytes = exchange.pointee.requestBody.passedBytes
        arm(handle, client)
    }

    /// The client has taken nothing for a while as far as sends tell. A slow reader empties a full socket buffer
    /// without this process hearing of it: what it has not acknowledged is compared with the last look.
    private mutating func clientStalled(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ now: Tick) {
        if isStillTaking(client) {
            client.pointee.lastActivity = now
            return arm(handle, client)
        }
        counters.count(.timeouts)
        clientLost(handle, client, .clientStalled)
    }

    /// Whether the peer has acknowledged something since the last look.
    private mutating func isStillTaking(_ connection: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        let acknowledged = acknowledged(connection)
        defer { connection.pointee.acknowledgedBytes = acknowledged }
        return acknowledged > connection.pointee.acknowledgedBytes
    }

    private mutating func serverExpired(_ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>) {
        switch server.pointee.phase {
        case .connecting:
            // The connect's end tells the rest.
            if server.pointee.facts.contains(.opening) { io.cancel(Token(.open, handle), on: server.pointee.descriptor) }
        case .pooled:
            http.pools[globalServer(server)].outlasted()
            close(handle, server)
        case .exchanging:
            let name = server.pointee.exchange
            guard let exchange = http.exchanges.find(name) else { return }
            let isPiped = exchange.pointee.isSplicingUp && exchange.pointee.pipedBytes > 0
            if !server.pointee.isFlushed || isPiped, isStillTaking(server) {
                server.pointee.lastActivity = Tick(nanoseconds: io.now)
                return arm(handle, server)
            }
            counters.count(.timeouts)
            if exchange.pointee.facts.contains(.answered) {
                giveUp(name, exchange, .serverTimeout)
            } else {
                let backend = plan.backends[Int(exchange.pointee.backend)]
                if backend.exchanges.observesLatency { backend.table.observeFailure(Int(exchange.pointee.server), at: io.now) }
                serverFailed(name, exchange, .serverTimeout)
            }
        case .idle, .head, .lingering, .leaving, .closing: break
        }
    }
}
