// The end of exchanges: answers of our own, cuts, and what comes after.

internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    // MARK: - Ends

    /// The exchange cannot go on: its client is told why, or where the answer has begun, sees it cut.
    mutating func giveUp(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding) {
        if exchange.pointee.facts.contains(.responseEnded) {
            // The answer was whole: only the rest of the request is of no use any more.
            exchange.pointee.facts.insert(.abandoned)
            exchange.pointee.facts.remove(.persistent)
            dropServer(exchange)
            return over(name, exchange)
        }
        guard !exchange.pointee.facts.contains(.answered) else {
            exchange.pointee.ending = ending
            return cut(name, exchange)
        }
        respond(name, exchange, ending)
    }

    /// Answers by ourselves: the status that belongs to `ending`, and one line of why.
    mutating func respond(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding) {
        dropServer(exchange)
        leaveExchangeQueue(exchange, name.slot)
        exchange.pointee.request.discard(in: io.buffers)
        guard let client = http.connections.find(exchange.pointee.client) else { return }
        if ending == .resourcesShort, exchange.pointee.descriptorWaitSince == nil { counters.count(.spillExhausted) }
        let status = ownStatus(exchange, ending)
        let reason = ownReason(exchange, ending, status)
        exchange.pointee.ending = ending
        exchange.pointee.status = UInt16(truncatingIfNeeded: status)
        // What may still come of a request that nobody reads would be taken for the next one.
        if !exchange.pointee.requestBody.isEnded || ending == .refused || ending == .headTimeout || ending == .bodyTooLarge
            || isDraining
            || hasSaidAll(client)
        {
            exchange.pointee.facts.remove(.persistent)
        }
        if !exchange.pointee.requestBody.isEnded { exchange.pointee.facts.insert(.abandoned) }
        let before = client.pointee.output.count
        let isPersistent = exchange.pointee.facts.contains(.persistent)
        if !write(status, reason, ending, exchange, isPersistent: isPersistent, to: client) {
            counters.count(.spillExhausted)
            return clientLost(exchange.pointee.client, client, .resourcesShort)
        }
        // A body of one line went with the head.
        let bodyBytes = Int(truncatingIfNeeded: exchange.pointee.responseBody.passedBytes)
        exchange.pointee.responseHeadBytes = UInt32(truncatingIfNeeded: client.pointee.output.count - before - bodyBytes)
        exchange.pointee.facts.insert(.answered)
        counters.countAnswer(status: status)
        counters.count(.ownAnswers)
        if status >= 500 { counters.count(.ownAnswers5xx) }
        if ending.blamesServers { counters.count(.serversFailed) }
        if ending == .connectFailed || ending == .connectTimeout { counters.count(.unserved) }
        if ending == .bodyTooLarge { counters.count(Rejection.bodyTooLarge) }
        passOwnBody(name, exchange, client)
    }

    /// The answer cannot be brought to its end: the client sees a cut, never a clean end.
    mutating func cut(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        if exchange.pointee.ending == .finished { exchange.pointee.ending = .responseTruncated }
        counters.count(.responsesCut)
        dropServer(exchange)
        guard let client = http.connections.find(exchange.pointee.client) else { return }
        let handle = exchange.pointee.client
        exchange.pointee.facts.remove(.persistent)
        exchange.pointee.facts.formUnion([.responseEnded, .abandoned])
        if exchange.pointee.responseBody.endsWithConnection {
            // Whoever learns the end from the connection's end must see it reset.
            writeLog(exchange)
            forget(name, exchange, client)
            return close(handle, client, abruptly: true)
        }
        client.pointee.facts.insert(.closesAfterOutput)
        list(client, handle)
    }

    /// The client is gone, or is of no use any more.
    mutating func clientLost(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ ending: ExchangeEnding) {
        let name = client.pointee.exchange
        if let exchange = http.exchanges.find(name) {
            let isUnended = exchange.pointee.ending == .finished || exchange.pointee.facts.contains(.ownBody)
            if isUnended, !(exchange.pointee.isOver && client.pointee.isFlushed) {
                exchange.pointee.ending = ending
            }
            dropServer(exchange)
            leaveExchangeQueue(exchange, name.slot)
            writeLog(exchange)
            forget(name, exchange, client)
        }
        if ending == .clientReset { counters.count(.clientResets) }
        close(handle, client, abruptly: true)
    }

    // MARK: - After the answer

    /// Nothing more is to be done for the exchange but to send what waits.
    mutating func over(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let handle = exchange.pointee.client
        guard exchange.pointee.isOver, let client = http.connections.find(handle) else { return }
        if !exchange.pointee.facts.contains(.persistent) || exchange.pointee.facts.contains(.abandoned) {
            client.pointee.facts.insert(.closesAfterOutput)
            // A request that comes after the close would reset the connection, and could take the answer with it.
            if !exchange.pointee.facts.isDisjoint(with: [.abandoned, .mayAskAgain]) || !client.pointee.input.isEmpty {
                client.pointee.facts.insert(.lingers)
                client.pointee.input.discard(in: io.buffers)
            }
        }
        list(client, handle)
        if !client.pointee.facts.contains(.closesAfterOutput), client.pointee.isFlushed || !client.pointee.input.isEmpty {
            finish(name, exchange)
        }
    }

    /// The exchange has ended well, or as well as it could; the client may ask again.
    mutating func finish(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let handle = exchange.pointee.client
        guard let client = http.connections.find(handle) else { return }
        writeLog(exchange)
        forget(name, exchange, client)
        client.pointee.enter(.idle, at: Tick(nanoseconds: io.now))
        // What it has sent meanwhile is looked at when its turn comes: a pipeline must not pile up on the stack.
        list(client, handle)
    }

    /// Frees the exchange and what it holds.
    mutating func forget(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        assert(
            !exchange.pointee.hasServer && exchange.pointee.facts.isDisjoint(with: [.hasPlace, .queued, .paced]),
            "an exchange lets go of its server first")
        exchange.pointee.request.discard(in: io.buffers)
        exchange.pointee.held.discard(in: io.buffers)
        exchange.pointee.texts.discard(in: io.buffers)
        exchange.pointee.addedFields.discard(in: io.buffers)
        client.pointee.exchange = HTTPConnection.nobody
        http.exchanges.remove(name)
    }

    /// The last of the output has gone to a client that is to be closed.
    mutating func closeFlushed(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        let name = client.pointee.exchange
        if let exchange = http.exchanges.find(name) {
            dropServer(exchange)
            writeLog(exchange)
            forget(name, exchange, client)
        }
        // A close with bytes unread resets the connection, and could take the answer with it.
        if client.pointee.facts.isDisjoint(with: [.ended, .receiving]), io.hasNews(client.pointee.descriptor) {
            client.pointee.facts.insert(.lingers)
        }
        guard client.pointee.facts.contains(.lingers), client.pointee.facts.isDisjoint(with: [.ended, .broken]) else {
            return close(handle, client)
        }
        guard io.shutdownSending(client.pointee.descriptor) >= 0 else { return close(handle, client) }
        client.pointee.input.discard(in: io.buffers)
        client.pointee.enter(.lingering, at: Tick(nanoseconds: io.now))
        client.pointee.facts.remove(.full)
        list(client, handle)
    }
}
