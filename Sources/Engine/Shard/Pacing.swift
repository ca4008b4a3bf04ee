// The pace of new WebSockets: each goes on when its turn has come, in the order in which they asked on this shard.

extension Shard where IO: ~Copyable {
    /// Lets a new WebSocket go on at the pace of its backend: at once, or when its turn has come.
    mutating func awaitTurn(
        _ pace: PacedAdmission, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        // In a storm those who have left already must not cost others their turn.
        if client.pointee.facts.contains(.ended) { return clientLost(handle, client, .clientReset) }
        let number = Int(exchange.pointee.backend)
        let patience = plan.backends[number].queueTimeoutMilliseconds * 1_000_000
        switch http.line(of: number).pointee.join(name.slot, pace, at: io.now, patience: patience, in: http.waitingLinks) {
        case .goes: return assign(name, exchange)
        case .refused:
            counters.count(.tunnelsRefused)
            return respond(name, exchange, .tunnelsPaced)
        case .waits: break
        }
        counters.count(.tunnelsPaced)
        exchange.pointee.facts.insert(.paced)
        pacedAt = min(pacedAt, http.line(of: number).pointee.next)
        // Receive buffers are not to wait with it.
        if !exchange.pointee.request.moveToSpill(in: io.buffers, startsSmall: true) { counters.count(.spillExhausted) }
        arm(handle, client)
    }

    /// Those whose turn has come go on.
    mutating func letThrough() {
        pacedAt = .max
        for number in plan.backends.indices where plan.backends[number].webSocket.pace != nil {
            let line = http.line(of: number)
            while let slot = line.pointee.takeDue(at: io.now, in: http.waitingLinks) {
                guard let name = http.exchanges.tenant(of: Int(slot)), let exchange = http.exchanges.find(name) else {
                    continue
                }
                exchange.pointee.facts.remove(.paced)
                exchange.pointee.queueNanoseconds &+= max(1, io.now &- exchange.pointee.headAt)
                assign(name, exchange)
            }
            pacedAt = min(pacedAt, line.pointee.next)
        }
    }

    /// The request waits no longer for its turn.
    mutating func leaveLine(_ exchange: UnsafeMutablePointer<Exchange>, _ slot: UInt32) {
        guard exchange.pointee.facts.contains(.paced) else { return }
        exchange.pointee.facts.remove(.paced)
        http.line(of: Int(exchange.pointee.backend)).pointee.leave(slot, in: http.waitingLinks)
    }
}
