// The body of a request, from its client to its server, or collected until it is whole.

internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    /// A client has spoken, or ended, while its exchange is on.
    @inline(__always)
    mutating func clientSpoke(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        let name = client.pointee.exchange
        guard let exchange = http.exchanges.find(name) else { return }
        if client.pointee.facts.contains(.broken) { return clientLost(handle, client, .clientReset) }
        // Who waits for its turn and ends must not cost others theirs.
        if exchange.pointee.facts.contains(.paced), client.pointee.facts.contains(.ended) {
            return clientLost(handle, client, .clientReset)
        }
        // Whoever sends the next request has had the answer to the last one.
        if exchange.pointee.isOver {
            if client.pointee.facts.contains(.closesAfterOutput) { return client.pointee.input.discard(in: io.buffers) }
            if client.pointee.input.isEmpty { return }
            finish(name, exchange)
            return readRequests(handle, client)
        }
        takeBody(name, exchange, client)
    }

    /// Passes on what has come of the request's body.
    mutating func takeBody(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        defer { noteFill(client) }
        guard !exchange.pointee.requestBody.isEnded else { return }
        if exchange.pointee.facts.contains(.abandoned) { return client.pointee.input.discard(in: io.buffers) }
        if exchange.pointee.isSplicingUp { return }
        let outcome = forwardBody(exchange, client)
        switch outcome {
        case .malformed(let rejection):
            exchange.pointee.rejection = rejection
            counters.count(rejection)
            return giveUp(name, exchange, .refused)
        case .short:
            counters.count(.spillExhausted)
            return giveUp(name, exchange, .resourcesShort)
        case .more, .ended: break
        }
        let bound = rules(of: client).pointee.bodyBytesMax
        if bound > 0, exchange.pointee.requestBody.passedBytes > bound { return giveUp(name, exchange, .bodyTooLarge) }
        if outcome == .more, client.pointee.facts.contains(.ended), client.pointee.input.isEmpty {
            // What a server did not take was thrown away, and may have been the whole: its answer or its end tells.
            if isDeaf(exchange) { return }
            return giveUp(name, exchange, .clientLeft)
        }
        if exchange.pointee.facts.contains(.collects) { return collected(name, exchange) }
        if outcome == .more { return considerSplice(name, exchange, up: true) }
        exchange.pointee.bodyEndedAt = io.now
        // A server that had answered before it had everything is done with now.
        guard exchange.pointee.facts.contains(.responseEnded), let server = http.connections.find(exchange.pointee.connection)
        else { return }
        answerOver(name, exchange, exchange.pointee.connection, server, client)
    }

    @inline(__always)
    private mutating func forwardBody(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) -> BodyProgress.Outcome {
        let pool = io.buffers
        if let server = http.connections.find(exchange.pointee.connection), server.pointee.phase == .exchanging {
            if server.pointee.facts.contains(.deaf) {
                client.pointee.input.discard(in: pool)
                return .more
            }
            list(server, exchange.pointee.connection)
            return exchange.pointee.requestBody.forward(
                from: &client.pointee.input, to: &server.pointee.output, bound: HTTPConnection.highWaterBytes, in: pool)
        }
        let isCollected = exchange.pointee.facts.contains(.collects)
        let bound =
            isCollected
            ? plan.backends[Int(exchange.pointee.backend)].exchanges.requestBufferBytes : HTTPConnection.highWaterBytes
        return exchange.pointee.requestBody.forward(
            from: &client.pointee.input, to: &exchange.pointee.request, bound: bound, in: pool)
    }

    /// A request that is collected goes to a server once it is whole, or as much of it as is held has come.
    private mutating func collected(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        let isFull = exchange.pointee.request.count >= backend.exchanges.requestBufferBytes
        // What many clients have half sent must leave the receive buffers; where there is no memory for it, servers
        // get it as it is.
        let hasRoom = exchange.pointee.request.moveToSpill(in: io.buffers) && io.buffers.mayCollect
        guard exchange.pointee.requestBody.isEnded || isFull || !hasRoom else { return }
        exchange.pointee.facts.remove(.collects)
        if exchange.pointee.requestBody.isEnded, exchange.pointee.facts.contains(.idempotent), backend.retriesMax > 0 {
            holdCollected(exchange)
        }
        assign(name, exchange)
    }

    /// Copies a request that was collected whole, so that it can be sent again.
    private mutating func holdCollected(_ exchange: UnsafeMutablePointer<Exchange>) {
        guard exchange.pointee.request.count <= http.gathered.count else { return }
        let copy = UnsafeMutableRawBufferPointer(rebasing: http.gathered[..<exchange.pointee.request.count])
        _ = exchange.pointee.request.copy(to: copy, in: io.buffers)
        if !exchange.pointee.held.appendCopy(of: UnsafeRawBufferPointer(copy), in: io.buffers) {
            exchange.pointee.held.discard(in: io.buffers)
        }
    }

    /// More waits than can go on: the client is not read until less does.
    @inline(__always)
    func noteFill(_ client: UnsafeMutablePointer<HTTPConnection>) {
        if client.pointee.phase == .idle || client.pointee.phase == .head {
            // A head may be longer than what waits otherwise, and is read to its end.
            let bound = max(HTTPConnection.highWaterBytes, rules(of: client).pointee.limits.headBytesMax + 1)
            if client.pointee.input.count >= bound {
                client.pointee.facts.insert(.full)
            } else {
                client.pointee.facts.remove(.full)
            }
        } else if client.pointee.input.count >= HTTPConnection.highWaterBytes {
            client.pointee.facts.insert(.full)
        } else if client.pointee.facts.contains(.full), client.pointee.input.count < HTTPConnection.lowWaterBytes {
            client.pointee.facts.remove(.full)
            // It was not listened to: its patience begins anew.
            client.pointee.lastActivity = Tick(nanoseconds: io.now)
        }
    }

    /// The server has taken what waited for it: more of the body may go on.
    mutating func serverTook(_ handle: Handle, _ server: UnsafeMutablePointer<HTTPConnection>) {
        guard server.pointee.phase == .exchanging else { return }
        let name = server.pointee.exchange
        guard let exchange = http.exchanges.find(name), let client = http.connections.find(exchange.pointee.client) else {
            return
        }
        if exchange.pointee.requestBody.isEnded, exchange.pointee.facts.contains(.responseEnded), server.pointee.isFlushed {
            return answerOver(name, exchange, handle, server, client)
        }
        guard !exchange.pointee.requestBody.isEnded else { return }
        let clientName = exchange.pointee.client
        list(client, clientName)
        if !client.pointee.input.isEmpty || client.pointee.facts.contains(.full) { takeBody(name, exchange, client) }
    }
}
