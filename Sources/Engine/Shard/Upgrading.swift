// From an exchange to a tunnel: what a request has to say for that, what its server has to answer, and the two
// connections leaving http mode once the kernel holds nothing of them.

internal import Codecs
internal import Config
internal import Glibc

extension Shard where IO: ~Copyable {
    // MARK: - The request

    /// Notes what the request that was just read asks to be upgraded to. Answers how it is refused where its
    /// handshake is broken (RFC 6455 section 4.2.1).
    ///
    /// - Parameter other: the protocol besides WebSocket that its route lets pass; empty: none.
    mutating func noteUpgrade(
        _ exchange: UnsafeMutablePointer<Exchange>, _ bytes: UnsafeRawBufferPointer, other: UnsafeRawBufferPointer
    ) -> ExchangeEnding? {
        guard http.request.facts.contains(.hasUpgrade), http.request.facts.contains(.namesUpgrade) else { return nil }
        let hasBody = exchange.pointee.requestBody.isEnded == false
        if http.request.facts.contains(.upgradesToWebSocket), other.isEmpty || UpgradeName.equal(other, UpgradeName.webSocket) {
            let fields = HandshakeFields(UnsafeBufferPointer(start: http.fields, count: http.request.fieldCount))
            guard http.request.method == .get, !hasBody, http.request.upgrade.count > 0, fields.version.count == 1,
                let key = webSocketKey(fields, bytes)
            else { return .handshakeMalformed }
            guard hasVersion13(fields, bytes) else { return .handshakeVersion }
            exchange.pointee.facts.formUnion([.upgrades, .webSocket])
            exchange.pointee.webSocketKey = key
        } else if !other.isEmpty, !hasBody, http.request.minorVersion > 0 {
            exchange.pointee.facts.insert(.upgrades)
        }
        return nil
    }

    /// The protocol that the exchange asks to be upgraded to; empty: none.
    func upgradeName(_ exchange: UnsafeMutablePointer<Exchange>) -> UnsafeRawBufferPointer {
        guard exchange.pointee.facts.contains(.upgrades) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if exchange.pointee.facts.contains(.webSocket) { return UpgradeName.webSocket }
        return routing(of: exchange.pointee.listener).pointee.upgradeName(exchange.pointee.route)
    }

    /// The key of the handshake, where there is one and it is 16 bytes of base64.
    private func webSocketKey(_ fields: HandshakeFields, _ bytes: UnsafeRawBufferPointer) -> WebSocketKey? {
        fields.key.count == 1 ? WebSocketKey(slice(bytes, fields.key.value)) : nil
    }

    private func hasVersion13(_ fields: HandshakeFields, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = slice(bytes, fields.version.value)
        return text.count == 2 && text[0] == UInt8(ascii: "1") && text[1] == UInt8(ascii: "3")
    }

    // MARK: - The answer

    /// The server has answered 101: the client is told, and both connections leave http mode. Answers `false` where
    /// that was no answer to this request.
    mutating func switchProtocols(
        _ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>,
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard exchange.pointee.facts.contains(.upgrades), http.response.facts.contains(.namesUpgrade),
            server.pointee.isFlushed || server.pointee.isOnItsWay
        else { return false }
        let isWebSocket = exchange.pointee.facts.contains(.webSocket)
        let name = slice(bytes, http.response.upgrade)
        guard UpgradeName.equal(name, upgradeName(exchange)) else { return false }
        if isWebSocket {
            let fields = HandshakeFields(UnsafeBufferPointer(start: http.fields, count: http.response.fieldCount))
            guard fields.accept.count == 1, let key = exchange.pointee.webSocketKey,
                key.isAccepted(by: slice(bytes, fields.accept.value))
            else { return false }
        }
        let before = client.pointee.output.count
        guard writeResponse(exchange, client, bytes, isPersistent: true, upgrade: name) else { return false }
        exchange.pointee.responseHeadBytes = UInt32(truncatingIfNeeded: client.pointee.output.count - before)
        exchange.pointee.status = 101
        exchange.pointee.answeredAt = io.now
        exchange.pointee.ending = .finished
        exchange.pointee.facts.insert(.answered)
        exchange.pointee.held.discard(in: io.buffers)
        exchange.pointee.addedFields.discard(in: io.buffers)
        server.pointee.input.consume(http.response.byteCount, in: io.buffers)
        server.pointee.headEnd = HeadEnd()
        counters.countAnswer(status: 101)
        counters.count(.upgrades)
        tally.add(1, to: .sessions, of: globalServer(server))
        leaveHTTP(exchange.pointee.connection, server)
        leaveHTTP(exchange.pointee.client, client)
        return true
    }

    /// Asks the kernel to let go of a connection that is to become one side of a tunnel.
    private mutating func leaveHTTP(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        connection.pointee.enter(.leaving, at: Tick(nanoseconds: io.now))
        let (facts, descriptor) = (connection.pointee.facts, connection.pointee.descriptor)
        if facts.contains(.receiving), !facts.contains(.cancelling) {
            connection.pointee.facts.insert(.cancelling)
            io.cancel(Token(.receive, handle), on: descriptor)
        }
        if facts.contains(.awaitingBytes) { io.cancel(Token(.bytes, handle), on: descriptor) }
        if facts.contains(.awaitingRoom) { io.cancel(Token(.room, handle), on: descriptor) }
        if facts.contains(.watching) { io.cancel(Token(.failure, handle), on: descriptor) }
        // A send never waits, so it ends by itself.
        list(connection, handle)
    }

    // MARK: - The tunnel

    /// Makes a relay of the two connections once the kernel holds nothing of them.
    mutating func joinIfFree(_ name: Handle) {
        guard let exchange = http.exchanges.find(name), let client = http.connections.find(exchange.pointee.client),
            client.pointee.phase == .leaving
        else { return }
        guard let server = http.connections.find(exchange.pointee.connection), server.pointee.phase == .leaving else {
            // It has ended meanwhile: half a tunnel is none.
            return clientLost(exchange.pointee.client, client, .serverClosed)
        }
        guard !client.pointee.isInFlight, !server.pointee.isInFlight else { return }
        let backend = plan.backends[Int(exchange.pointee.backend)]
        let isFramed = exchange.pointee.facts.contains(.webSocket) && backend.webSocket.readsFrames
        guard let handle = relays.insert(relay(of: exchange, client, server, isFramed ? .frames : .opaque)) else {
            preconditionFailure("a shard has a slot for every connection of the process")
        }
        let relay = relays.find(handle)!
        let (clientHandle, serverHandle) = (exchange.pointee.client, exchange.pointee.connection)
        let (clientFacts, serverFacts) = (client.pointee.facts, server.pointee.facts)
        let (fromClient, fromServer) = (client.pointee.input, server.pointee.input)
        relay.direction(.up).pointee.queue = server.pointee.output
        relay.direction(.down).pointee.queue = client.pointee.output
        // What of the head has not gone yet counts among the tunnel's bytes.
        let unsent = UInt32(clamping: client.pointee.output.count)
        exchange.pointee.responseHeadBytes -= min(exchange.pointee.responseHeadBytes, unsent)
        var tunnel = Tunnel(frameBytesMax: backend.webSocket.frameBytesMax, nonce: io.random(), at: io.now)
        tunnel.exchange = releaseExchange(name, exchange, client)
        (http.tunnels + Int(handle.slot)).initialize(to: tunnel)
        vacate(clientHandle, client)
        vacate(serverHandle, server)
        counters.add(1, to: .tunnelsOpened)
        begin(handle, relay, .up, fromClient, clientFacts)
        begin(handle, relay, .down, fromServer, serverFacts)
        guard relay.pointee.phase == .established else { return }
        if isDraining { dateTunnel(handle, relay, at: drainEnd) } else { scheduleIdleTimer(handle, relay) }
    }

    private func relay(
        of exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ server: UnsafeMutablePointer<HTTPConnection>, _ kind: Relay.Kind
    ) -> Relay {
        var relay = Relay(
            client: client.pointee.descriptor, listener: exchange.pointee.listener, backend: exchange.pointee.backend,
            acceptedAt: exchange.pointee.begunAt)
        relay.kind = kind
        relay.phase = .established
        relay.server = exchange.pointee.server
        relay.serverDescriptor = server.pointee.descriptor
        relay.hasAddressPlace = client.pointee.facts.contains(.hasAddressPlace)
        relay.clientAddress = client.pointee.clientAddress
        relay.destination = client.pointee.destination
        relay.queueNanoseconds = exchange.pointee.queueNanoseconds
        relay.connectNanoseconds = max(1, exchange.pointee.connectedAt &- exchange.pointee.connectingAt)
        relay.lastActivity = Tick(nanoseconds: io.now)
        if kind == .frames {
            relay.directions.0.facts.insert(.unspliceable)
            relay.directions.1.facts.insert(.unspliceable)
        }
        return relay
    }

    /// The exchange is over but for its line in the log. Answers its handle where that is to come.
    private mutating func releaseExchange(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) -> Handle {
        // The place on the server is the relay's from now on.
        exchange.pointee.facts.remove(.hasPlace)
        exchange.pointee.connection = HTTPConnection.nobody
        guard plan.isLogging else {
            forget(name, exchange, client)
            return Tunnel.nothing
        }
        exchange.pointee.request.discard(in: io.buffers)
        client.pointee.exchange = HTTPConnection.nobody
        return name
    }

    /// The slot is free at the end of the turn; its socket and its bytes are somebody else's.
    private mutating func vacate(_ handle: Handle, _ connection: UnsafeMutablePointer<HTTPConnection>) {
        connection.pointee.phase = .closing
        connection.pointee.facts.insert(.released)
        connection.pointee.input = BufferQueue()
        connection.pointee.output = BufferQueue()
        http.timers.cancel(handle.slot)
        if connection.pointee.role == .client { http.clientCount -= 1 }
        let isKept = http.released.append(handle)
        precondition(isKept, "a connection is released once")
    }

    /// What one side has said already, and how it stands.
    private mutating func begin(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ side: Side, _ input: BufferQueue, _ facts: HTTPConnection.Facts
    ) {
        guard relay.pointee.phase == .established else { return discard(input) }
        let direction = relay.direction(side)
        if !input.isEmpty {
            // It may have been small chunks of several receives: all of it waits for the target alike.
            if relay.pointee.kind == .frames {
                passFrames(input, direction, relay, handle, side)
            } else {
                direction.pointee.queue.append(input, in: io.buffers)
                direction.pointee.noteFill()
            }
        }
        guard relay.pointee.phase == .established else { return }
        if facts.contains(.broken) {
            sourceFailed(direction, relay, handle, side)
        } else if facts.contains(.ended) {
            direction.pointee.sourceEnded()
            noteLeft(handle, relay, side)
        }
        if facts.contains(.deaf) { targetFailed(handle, relay, side.opposite) }
        guard relay.pointee.phase == .established else { return }
        if plan.splice == .on, relay.pointee.kind == .opaque { direction.pointee.facts.insert(.changing) }
        list(direction, handle, side)
    }
}
