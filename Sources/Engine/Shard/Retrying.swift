// A server that failed before its answer began: whether the request may go to another one. Nothing is ever sent
// twice but what `--retry-on` allows.

internal import Balancing
internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    /// Ends the server's part in the exchange, and tries again or tells the client.
    mutating func serverFailed(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding) {
        let server = http.connections.find(exchange.pointee.connection)
        let isUnsent = server.map { $0.pointee.sentBytes == 0 && !$0.pointee.facts.contains(.sending) } ?? true
        let wasReused = exchange.pointee.facts.contains(.reused)
        if ending == .serverClosed {
            counters.count(wasReused ? .staleReuses : .serverResets)
            noteFailure(exchange, wasReused: wasReused)
        }
        noteTried(exchange, ending, wasReused: wasReused)
        guard mayTryAgain(exchange, ending, isUnsent: isUnsent) else { return giveUp(name, exchange, ending) }
        if let server, isUnsent, !server.pointee.facts.contains(.deaf) {
            // No byte of it was written: it goes on as it is.
            if server.pointee.phase == .exchanging {
                exchange.pointee.request = server.pointee.output
                server.pointee.output = BufferQueue()
            }
        } else if !exchange.pointee.held.isEmpty {
            exchange.pointee.request.discard(in: io.buffers)
            guard copyHeld(exchange) else { return giveUp(name, exchange, .resourcesShort) }
        }
        if wasReused { exchange.pointee.facts.insert(.wantsFresh) }
        exchange.pointee.ending = ending == .connectTimeout ? .connectTimeout : .finished
        exchange.pointee.retries &+= 1
        counters.count(.retries)
        dropServer(exchange)
        assign(name, exchange)
    }

    /// A server that failed is not asked again, as long as there is another. An idle connection that ended says
    /// nothing against its server; and behind one address there may be many workers, of which one has just left.
    private func noteTried(_ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding, wasReused: Bool) {
        guard exchange.pointee.server >= 0, (ending == .serverClosed && !wasReused) || ending == .serverTimeout else { return }
        let tried = triedServers(exchange)
        guard plan.backends[Int(exchange.pointee.backend)].table.groupToWaitFor(tried: tried) != nil else { return }
        exchange.pointee.triedServers = tried.bits
    }

    private func mayTryAgain(_ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding, isUnsent: Bool) -> Bool {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        guard Int(exchange.pointee.retries) < backend.retriesMax, !orders.contains(.stop), !hasSpoken(exchange) else {
            return false
        }
        let conditions = backend.exchanges.retryOn
        let isHeld = !exchange.pointee.held.isEmpty
        let isAllowed =
            switch ending {
            case .connectFailed, .connectTimeout: conditions.contains(.connect)
            case .serverClosed:
                isUnsent && !isDeaf(exchange)
                    ? conditions.contains(.unsent) || (isHeld && conditions.contains(.reset))
                    : isHeld && conditions.contains(.reset)
            case .serverTimeout: isHeld && conditions.contains(.timeout)
            default: false
            }
        guard isAllowed, backend.table.groupToWaitFor(tried: TriedServers(bits: exchange.pointee.triedServers)) != nil else {
            return false
        }
        guard backend.exchanges.retryBudget.mayRetry(at: io.now) else {
            counters.count(.retryBudgetExhausted)
            return false
        }
        return true
    }

    /// Whether bytes of the request were thrown away as the server took none: they cannot be sent again.
    func isDeaf(_ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        http.connections.find(exchange.pointee.connection)?.pointee.facts.contains(.deaf) ?? false
    }

    /// Whether the server has begun to answer, be it with half a head.
    private func hasSpoken(_ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        if exchange.pointee.interimCount > 0 { return true }
        guard let server = http.connections.find(exchange.pointee.connection) else { return false }
        return !server.pointee.input.isEmpty
    }

    private func copyHeld(_ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        guard exchange.pointee.held.count <= http.written.count else { return false }
        let copy = UnsafeMutableRawBufferPointer(rebasing: http.written[..<exchange.pointee.held.count])
        _ = exchange.pointee.held.copy(to: copy, in: io.buffers)
        return exchange.pointee.request.appendHead(UnsafeRawBufferPointer(copy), in: io.buffers)
    }

    private func noteFailure(_ exchange: UnsafeMutablePointer<Exchange>, wasReused: Bool) {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        // An idle connection that ends says nothing against its server.
        guard !wasReused, backend.exchanges.observesLatency else { return }
        backend.table.observeFailure(Int(exchange.pointee.server), at: io.now)
    }

    /// A 503 that is to be tried elsewhere (`--retry-on 503`): whether it is.
    mutating func retriesInstead(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        guard http.response.status == 503 else { return false }
        let backend = plan.backends[Int(exchange.pointee.backend)]
        guard backend.exchanges.retryOn.contains(.status503), !exchange.pointee.held.isEmpty,
            Int(exchange.pointee.retries) < backend.retriesMax
        else { return false }
        let tried = triedServers(exchange)
        guard backend.table.groupToWaitFor(tried: tried) != nil, backend.exchanges.retryBudget.mayRetry(at: io.now) else {
            return false
        }
        exchange.pointee.triedServers = tried.bits
        exchange.pointee.request.discard(in: io.buffers)
        guard copyHeld(exchange) else { return false }
        exchange.pointee.retries &+= 1
        counters.count(.retries)
        dropServer(exchange)
        assign(name, exchange)
        return true
    }

    /// The server takes nothing any more. What it has said before may be an answer, and is still read; where it has
    /// said nothing its end will come.
    mutating func serverDeaf(_ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>) {
        guard server.pointee.phase == .exchanging, http.exchanges.find(server.pointee.exchange) != nil else {
            // Half a tunnel is none: its client is looked at.
            if let exchange = http.exchanges.find(server.pointee.exchange),
                let client = http.connections.find(exchange.pointee.client)
            {
                list(client, exchange.pointee.client)
            }
            return close(handle, server, abruptly: true)
        }
        if server.pointee.facts.contains(.ended) { serverSpoke(handle, server) }
    }
}
