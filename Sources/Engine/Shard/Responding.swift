// From a server's bytes to an answer on its way back: heads are read, checked, rewritten; bodies follow.

internal import Balancing
internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    /// 1xx answers to one request; a server that sends more is not going to answer.
    private static var interimMax: UInt8 { 32 }

    /// A server has spoken, or ended, while it serves an exchange.
    @inline(__always)
    mutating func serverSpoke(_ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>) {
        let name = server.pointee.exchange
        guard let exchange = http.exchanges.find(name), let client = http.connections.find(exchange.pointee.client) else {
            return
        }
        if server.pointee.sentBytes == 0, isUnasked(exchange, server) { return spokeUnasked(name, exchange, server) }
        advanceAnswer(name, exchange, handle, server, client)
    }

    /// Whether what a pooled connection brings cannot be the answer, as no byte of the request has been sent.
    private func isUnasked(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        !server.pointee.input.isEmpty && exchange.pointee.facts.contains(.reused) && !server.pointee.facts.contains(.sending)
    }

    /// The server has said something between two requests: this one goes to a fresh connection.
    private mutating func spokeUnasked(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>
    ) {
        mistrust(globalServer(server))
        if server.pointee.facts.contains(.deaf) {
            // What was to be sent is gone: it is like a server that closed.
            server.pointee.input.discard(in: io.buffers)
            return serverFailed(name, exchange, .serverClosed)
        }
        exchange.pointee.request = server.pointee.output
        server.pointee.output = BufferQueue()
        exchange.pointee.facts.insert(.wantsFresh)
        dropServer(exchange)
        assign(name, exchange)
    }

    /// The client has taken what waited for it: more of the answer may follow, or it was the last of it.
    mutating func clientTook(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        let name = client.pointee.exchange
        guard client.pointee.phase == .exchanging, let exchange = http.exchanges.find(name) else {
            // A pipeline that stopped as its answers were not taken.
            if client.pointee.phase == .head || client.pointee.phase == .idle { readRequests(handle, client) }
            return
        }
        if exchange.pointee.isOver {
            if client.pointee.isFlushed { finish(name, exchange) }
            return
        }
        if exchange.pointee.facts.contains(.ownBody) { return passOwnBody(name, exchange, client) }
        guard let server = http.connections.find(exchange.pointee.connection), server.pointee.phase == .exchanging else {
            return
        }
        guard server.pointee.facts.contains(.full) || !server.pointee.input.isEmpty else { return }
        server.pointee.facts.remove(.full)
        // It was not listened to: its patience begins anew.
        server.pointee.lastActivity = Tick(nanoseconds: io.now)
        list(server, exchange.pointee.connection)
        advanceAnswer(name, exchange, exchange.pointee.connection, server, client)
    }

    private mutating func advanceAnswer(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ server: UnsafeMutablePointer<HTTPConnection>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        if exchange.pointee.facts.contains(.responseEnded) { return answerOver(name, exchange, handle, server, client) }
        if exchange.pointee.isSplicingDown { return }
        while !exchange.pointee.facts.contains(.answered), !server.pointee.input.isEmpty {
            var rejection: Rejection?
            guard let bytes = findResponse(server, exchange, &rejection) else {
                if let rejection { return misbehaved(name, exchange, rejection) }
                break
            }
            if http.response.status >= 200 {
                guard !retriesInstead(name, exchange) else { return }
                guard answer(exchange, server, client, bytes) else { return giveUp(name, exchange, .resourcesShort) }
            } else if http.response.status == 101 {
                guard switchProtocols(exchange, server, client, bytes) else { return misbehaved(name, exchange, nil) }
                return
            } else {
                guard passInterim(exchange, server, client, bytes) else { return misbehaved(name, exchange, nil) }
            }
            list(client, exchange.pointee.client)
        }
        if exchange.pointee.facts.contains(.answered) {
            server.pointee.lastActivity = Tick(nanoseconds: io.now)
            guard passBody(name, exchange, handle, server, client) else { return }
        }
        if exchange.pointee.facts.contains(.responseEnded) { return answerOver(name, exchange, handle, server, client) }
        if server.pointee.facts.contains(.ended), server.pointee.input.isEmpty || !exchange.pointee.facts.contains(.answered) {
            serverEnded(name, exchange, server)
        }
    }

    // MARK: - Heads

    @inline(__always)
    private mutating func findResponse(
        _ server: UnsafeMutablePointer<HTTPConnection>, _ exchange: UnsafeMutablePointer<Exchange>,
        _ rejection: inout Rejection?
    ) -> UnsafeRawBufferPointer? {
        let limits = plan.http[plan.listeners[Int(exchange.pointee.listener)].frontend].responseLimits
        let method = exchange.pointee.method
        var bytes = server.pointee.input.firstPiece(in: io.buffers)
        if server.pointee.headEnd.seenBytes > 0 || !isWhole(bytes, method, limits, &rejection) {
            if rejection != nil { return nil }
            guard let gathered = gatherHead(server, limits: limits, &rejection) else { return nil }
            bytes = gathered
            guard isWhole(bytes, method, limits, &rejection) else {
                if rejection == nil { rejection = .emptyLine }
                return nil
            }
        }
        return bytes
    }

    @inline(__always)
    private mutating func isWhole(
        _ bytes: UnsafeRawBufferPointer, _ method: Method, _ limits: HeadLimits, _ rejection: inout Rejection?
    ) -> Bool {
        switch ResponseHead.parse(bytes, to: method, limits: limits, into: &http.response, fields: http.fields) {
        case .complete: return true
        case .partial: return false
        case .rejected(let reason):
            rejection = reason
            return false
        }
    }

    /// 100, 102, 103: passed on to whoever knows them. Answers `false` where the server
    /// is not to be listened to any more.
    private mutating func passInterim(
        _ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>,
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        exchange.pointee.interimCount &+= 1
        guard exchange.pointee.interimCount <= Self.interimMax else { return false }
        // One that we gave ourselves, as the body was collected, is not given twice.
        let isGiven = http.response.status == 100 && !exchange.pointee.facts.contains(.expectsContinue)
        if !exchange.pointee.facts.contains(.oldClient), !isGiven {
            guard writeResponse(exchange, client, bytes, isPersistent: true) else { return false }
        }
        // Half a head is no sign of life, a whole one is.
        server.pointee.lastActivity = Tick(nanoseconds: io.now)
        if http.response.status == 100 {
            exchange.pointee.facts.insert(.continued)
            exchange.pointee.rateSince = Tick(nanoseconds: io.now)
        }
        server.pointee.input.consume(http.response.byteCount, in: io.buffers)
        server.pointee.headEnd = HeadEnd()
        return true
    }

    /// The head of the answer itself goes to the client. Answers `false` where there is no memory for it.
    private mutating func answer(
        _ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>,
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let isOld = exchange.pointee.facts.contains(.oldClient)
        let framing = http.response.framing
        exchange.pointee.responseBody = BodyProgress(
            framing, trailerBytesMax: http.gathered.count, isUnwrapped: isOld && framing == .chunked)
        // A client that was not told to go on may send its body all the same or not (RFC 9110 section 10.1.1): what
        // comes next could be either, so nothing does.
        if exchange.pointee.facts.contains(.expectsContinue), !exchange.pointee.requestBody.isEnded,
            exchange.pointee.requestBody.passedBytes == 0, !exchange.pointee.facts.contains(.continued)
        {
            exchange.pointee.facts.insert(.abandoned)
            exchange.pointee.facts.remove(.persistent)
        }
        if isDraining || exchange.pointee.responseBody.endsWithConnection || hasSaidAll(client) {
            exchange.pointee.facts.remove(.persistent)
        }
        let before = client.pointee.output.count
        guard writeResponse(exchange, client, bytes, isPersistent: exchange.pointee.facts.contains(.persistent)) else {
            return false
        }
        exchange.pointee.responseHeadBytes = UInt32(truncatingIfNeeded: client.pointee.output.count - before)
        exchange.pointee.status = UInt16(truncatingIfNeeded: http.response.status)
        exchange.pointee.answeredAt = io.now
        exchange.pointee.facts.insert(.answered)
        exchange.pointee.ending = .finished
        // An answer that came before the request cannot be told from the next one.
        let isEarly = server.pointee.sentBytes == 0 && !server.pointee.facts.contains(.sending)
        if http.response.facts.contains(.persistent), !isEarly { exchange.pointee.facts.insert(.serverPersistent) }
        exchange.pointee.held.discard(in: io.buffers)
        server.pointee.input.consume(http.response.byteCount, in: io.buffers)
        server.pointee.headEnd = HeadEnd()
        if framing == .none { server.pointee.facts.insert(.suspect) } else { server.pointee.facts.remove(.suspect) }
        noteAnswer(exchange, server)
        return true
    }

    /// The client has finished, and of what it sent this was the last.
    func hasSaidAll(_ client: UnsafeMutablePointer<HTTPConnection>) -> Bool {
        client.pointee.facts.contains(.ended) && client.pointee.input.isEmpty
    }

    mutating func writeResponse(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, isPersistent: Bool, upgrade: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> Bool {
        var writer = HeadWriter(http.written)
        // Interim answers go on as they are.
        let isFinal = http.response.status >= 200 || http.response.status == 101
        let changes = routing(of: exchange.pointee.listener).pointee.rewriting(exchange.pointee.route)
        let needsDate = http.response.status >= 200 && !http.response.facts.contains(.hasDate)
        let rewriting = ResponseRewriting(
            bytes: bytes, fields: http.fields, isOldClient: exchange.pointee.facts.contains(.oldClient),
            isPersistent: isPersistent, date: needsDate ? http.date() : UnsafeRawBufferPointer(start: nil, count: 0),
            via: rules(of: client).pointee.via.bytes, upgrade: upgrade,
            changes: isFinal ? changes : nil,
            added: isFinal ? addedLines(exchange) : UnsafeRawBufferPointer(start: nil, count: 0))
        rewriting.write(http.response, into: &writer)
        return writer.isWhole && client.pointee.output.appendHead(writer.bytes, in: io.buffers)
    }

    /// What an answer teaches: how fast the server is, and how long it keeps connections.
    private mutating func noteAnswer(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>)
    {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        counters.countAnswer(status: Int(exchange.pointee.status))
        tally.add(1, to: .sessions, of: globalServer(server))
        tally.add(UInt64(exchange.pointee.responseHeadBytes), to: .bytesOut, of: globalServer(server))
        if backend.exchanges.observesLatency, exchange.pointee.requestBody.isEnded {
            // The time that a client takes for its upload is not the server's.
            let asked = max(exchange.pointee.connectedAt, exchange.pointee.bodyEndedAt)
            backend.table.observe(Int(exchange.pointee.server), latencyNanoseconds: io.now &- asked, at: io.now)
        }
        if http.response.keepAliveSeconds > 0 {
            http.pools[globalServer(server)].promised(seconds: http.response.keepAliveSeconds)
        }
    }
}
