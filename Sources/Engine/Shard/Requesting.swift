// From a client's bytes to a request on its way: heads are read, checked, rewritten; bodies follow.

internal import Balancing
internal import CLinux
internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    // MARK: - Heads

    /// Reads requests that have come, one exchange after the other.
    mutating func readRequests(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        defer { noteFill(client) }
        while client.pointee.phase == .idle || client.pointee.phase == .head {
            if client.pointee.facts.contains(.closesAfterOutput) { return }
            guard !client.pointee.input.isEmpty else {
                if client.pointee.facts.contains(.ended) { clientEndedBetween(handle, client) }
                return
            }
            guard client.pointee.output.count < HTTPConnection.highWaterBytes else { return }
            if client.pointee.phase == .idle {
                client.pointee.enter(.head, at: Tick(nanoseconds: io.now))
                client.pointee.begunAt = io.now
            }
            var rejection: Rejection?
            guard let bytes = findRequest(client, &rejection) else {
                if let rejection { return refuse(handle, client, rejection) }
                if client.pointee.facts.contains(.ended) { clientEndedBetween(handle, client) }
                return
            }
            begin(handle, client, bytes)
        }
    }

    /// The head's bytes once it is whole and well formed: in the buffer they came in, or put together.
    @inline(__always)
    private mutating func findRequest(
        _ client: UnsafeMutablePointer<HTTPConnection>, _ rejection: inout Rejection?
    ) -> UnsafeRawBufferPointer? {
        let limits = rules(of: client).pointee.limits
        var bytes = client.pointee.input.firstPiece(in: io.buffers)
        if client.pointee.headEnd.seenBytes > 0 || !isWhole(bytes, limits, &rejection) {
            if rejection != nil { return nil }
            guard let gathered = gatherHead(client, limits: limits, &rejection) else {
                if rejection == .headTooLong { rejection = sharper(client, limits) }
                return nil
            }
            bytes = gathered
            guard isWhole(bytes, limits, &rejection) else {
                if rejection == nil { rejection = .emptyLine }
                return nil
            }
        }
        return bytes
    }

    /// Why a head is too long: its request line may be.
    private mutating func sharper(_ client: UnsafeMutablePointer<HTTPConnection>, _ limits: HeadLimits) -> Rejection {
        let start = UnsafeMutableRawBufferPointer(rebasing: http.gathered[..<min(http.gathered.count, limits.headBytesMax)])
        let count = client.pointee.input.copy(to: start, in: io.buffers)
        var rejection: Rejection?
        _ = isWhole(UnsafeRawBufferPointer(rebasing: start[..<count]), limits, &rejection)
        return rejection ?? .headTooLong
    }

    @inline(__always)
    private mutating func isWhole(_ bytes: UnsafeRawBufferPointer, _ limits: HeadLimits, _ rejection: inout Rejection?) -> Bool
    {
        switch RequestHead.parse(bytes, limits: limits, into: &http.request, fields: http.fields) {
        case .complete: return true
        case .partial: return false
        case .rejected(let reason):
            rejection = reason
            return false
        }
    }

    @inline(__always)
    func rules(of client: UnsafeMutablePointer<HTTPConnection>) -> UnsafePointer<HTTPRules> {
        UnsafePointer(plan.http.baseAddress! + plan.listeners[Int(client.pointee.listener)].frontend)
    }

    /// The client finished where no request is on: it has left, or in the middle of a head.
    private mutating func clientEndedBetween(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        if !client.pointee.isFlushed, !client.pointee.facts.contains(.broken) {
            client.pointee.facts.insert(.closesAfterOutput)
            return list(client, handle)
        }
        if client.pointee.phase == .head { counters.count(.requestsCut) }
        close(handle, client, abruptly: client.pointee.facts.contains(.broken))
    }

    // MARK: - The beginning of an exchange

    private mutating func makeExchange(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) -> (
        Handle, UnsafeMutablePointer<Exchange>
    ) {
        let listener = plan.listeners[Int(client.pointee.listener)]
        let exchange = Exchange(
            client: handle, listener: client.pointee.listener, backend: UInt16(truncatingIfNeeded: listener.backend),
            begunAt: client.pointee.begunAt)
        // There is one for every client.
        let made = http.exchanges.insert(exchange)!
        let place = http.exchanges.place(made.slot)
        client.pointee.exchange = made
        client.pointee.sentBytes = 0
        client.pointee.enter(.exchanging, at: Tick(nanoseconds: io.now))
        if client.pointee.facts.contains(.hasServed) { place.pointee.facts.insert(.laterRequest) }
        client.pointee.facts.insert(.hasServed)
        place.pointee.headAt = io.now
        counters.count(.requests)
        if plan.isLogging { place.pointee.wallMilliseconds = swivel_wall_ms() }
        return (made, place)
    }

    /// The request is against the rules: answered, and the connection closed. No server sees a byte of it.
    private mutating func refuse(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ rejection: Rejection) {
        let (name, exchange) = makeExchange(handle, client)
        exchange.pointee.rejection = rejection
        counters.count(rejection)
        if plan.isLogging { noteRequestLine(exchange, client) }
        client.pointee.input.discard(in: io.buffers)
        exchange.pointee.facts.insert(.abandoned)
        respond(name, exchange, .refused)
    }

    /// The head took too long: answered where something of it has come.
    mutating func headExpired(_ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>) {
        let (name, exchange) = makeExchange(handle, client)
        if plan.isLogging { noteRequestLine(exchange, client) }
        client.pointee.input.discard(in: io.buffers)
        exchange.pointee.facts.insert(.abandoned)
        respond(name, exchange, .headTimeout)
    }

    /// A head is whole: the request is written as servers get it, and one is looked for.
    private mutating func begin(
        _ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer
    ) {
        let (name, exchange) = makeExchange(handle, client)
        let rules = rules(of: client)
        fill(exchange, rules)
        let routing = routing(of: client.pointee.listener)
        if routing.pointee.decides, let ending = decide(exchange, client, bytes, routing) {
            return answerHere(name, exchange, client, bytes, rules, ending)
        }
        let backend = plan.backends[Int(exchange.pointee.backend)]
        if backend.sticky.kind != .off { notePreference(exchange, client, bytes, rules, backend.sticky) }
        let fault = noteUpgrade(exchange, bytes, other: routing.pointee.upgradeName(exchange.pointee.route))
        exchange.pointee.key = requestKey(client, bytes, backend)
        let isWritten = writeRequest(exchange, client, bytes, rules, backend)
        let headBytes = http.request.byteCount
        exchange.pointee.requestHeadBytes = UInt32(truncatingIfNeeded: headBytes)
        client.pointee.input.consume(headBytes, in: io.buffers)
        client.pointee.headEnd = HeadEnd()
        backend.exchanges.retryBudget.noteRequest(shard: index, at: io.now)
        if let fault { return respond(name, exchange, fault) }
        guard isWritten else { return respond(name, exchange, .resourcesShort) }
        if case .length(let count) = http.request.framing, rules.pointee.bodyBytesMax > 0, count > rules.pointee.bodyBytesMax {
            return respond(name, exchange, .bodyTooLarge)
        }
        if !exchange.pointee.requestBody.isEnded, backend.exchanges.requestBufferBytes > 0 {
            exchange.pointee.facts.insert(.collects)
            if exchange.pointee.facts.contains(.expectsContinue) { sayContinue(handle, client, exchange) }
            takeBody(name, exchange, client)
        } else {
            if exchange.pointee.facts.contains(.webSocket), let pace = backend.webSocket.pace {
                return awaitTurn(pace, name, exchange, handle, client)
            }
            assign(name, exchange)
            if let client = http.connections.find(handle), client.pointee.exchange == name { takeBody(name, exchange, client) }
        }
    }

    private func fill(_ exchange: UnsafeMutablePointer<Exchange>, _ rules: UnsafePointer<HTTPRules>) {
        exchange.pointee.method = http.request.method
        exchange.pointee.requestBody = BodyProgress(http.request.framing, trailerBytesMax: rules.pointee.limits.headBytesMax)
        exchange.pointee.rateSince = Tick(nanoseconds: io.now)
        if http.request.minorVersion == 0 { exchange.pointee.facts.insert(.oldClient) }
        if http.request.facts.contains(.persistent) { exchange.pointee.facts.formUnion([.persistent, .mayAskAgain]) }
        if http.request.facts.contains(.expectsContinue) { exchange.pointee.facts.insert(.expectsContinue) }
        if http.request.method.isIdempotent { exchange.pointee.facts.insert(.idempotent) }
    }

    /// Writes the request's head as servers get it, with a copy for a replay and the log's texts. Answers
    /// `false` where there is no memory for it.
    private mutating func writeRequest(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>, _ backend: PlannedBackend
    ) -> Bool {
        let pool = io.buffers
        var idText: InlineArray<32, UInt8> = .init(repeating: 0)
        if !rules.pointee.requestIDName.bytes.isEmpty {
            let (high, low) = (io.random(), io.random())
            withUnsafeMutableBytes(of: &idText) { _ = HexText.write(high: high, low: low, into: $0) }
        }
        var address = ClientText(client.pointee.clientAddress)
        let upgrade = upgradeName(exchange)
        let isTrusted = isTrusted(client, rules)
        var host = ownHost(client)
        let routing = routing(of: client.pointee.listener)
        let changes = routing.pointee.rewriting(exchange.pointee.route)
        return withUnsafeBytes(of: &idText) { id in
            address.withBytes { clientText in
                host.withBytes { ownHost in
                    var writer = HeadWriter(http.written)
                    var rewriting = RequestRewriting(
                        bytes: bytes, fields: http.fields, rules: rules, client: client.pointee.clientAddress,
                        clientText: clientText, isTrusted: isTrusted, requestID: id,
                        ownHost: ownHost, isLast: backend.exchanges.reuse == .off, upgrade: upgrade)
                    if let changes {
                        rewriting.changes = changes
                        rewriting.texts = RequestTexts(
                            bytes: bytes, head: http.request, clientText: clientText,
                            requestID: requestID(bytes, rules, isTrusted: isTrusted, drawn: id), ownHost: ownHost,
                            isSecure: isSecure(client, bytes, rules), serverName: routing.pointee.name.bytes)
                        guard noteAnswerFields(exchange, changes, rewriting.texts!) else { return false }
                    }
                    rewriting.write(http.request, into: &writer)
                    guard writer.isWhole, exchange.pointee.request.appendHead(writer.bytes, in: pool) else { return false }
                    let isReplayable =
                        exchange.pointee.facts.contains(.idempotent) && exchange.pointee.requestBody.isEnded
                        && backend.retriesMax > 0
                        && !backend.exchanges.retryOn.isDisjoint(with: [.reset, .timeout, .status503])
                    if isReplayable, !exchange.pointee.held.appendHead(writer.bytes, in: pool) { return false }
                    if plan.isLogging { noteTexts(exchange, bytes, requestID(bytes, rules, isTrusted: isTrusted, drawn: id)) }
                    return true
                }
            }
        }
    }

    /// The request's identity as its server gets it; none where none is given.
    func requestID(
        _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>, isTrusted: Bool, drawn: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let name = rules.pointee.requestIDName
        guard !name.bytes.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return isTrusted ? header(name, bytes) ?? drawn : drawn
    }

    /// The body is collected here, so it is we who ask for it.
    private mutating func sayContinue(
        _ handle: Handle, _ client: UnsafeMutablePointer<HTTPConnection>, _ exchange: UnsafeMutablePointer<Exchange>
    ) {
        exchange.pointee.facts.remove(.expectsContinue)
        exchange.pointee.facts.insert(.continued)
        var writer = HeadWriter(http.written)
        writer.append("HTTP/1.1 100 Continue\r\n\r\n")
        if client.pointee.output.appendHead(writer.bytes, in: io.buffers) { list(client, handle) }
    }
}
