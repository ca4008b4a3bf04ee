// Where a request goes: to a backend, or to an answer of our own. Limits come first, then routes in their order.

internal import Balancing
internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    @inline(__always)
    func routing(of listener: UInt16) -> UnsafePointer<PlannedRouting> {
        UnsafePointer(plan.routing.baseAddress! + plan.listeners[Int(listener)].frontend)
    }

    /// Decides about the request that was just read: it has a backend, or gets the answer that is returned.
    mutating func decide(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, _ routing: UnsafePointer<PlannedRouting>
    ) -> ExchangeEnding? {
        if !routing.pointee.rateLimits.isEmpty, isTooOften(client, bytes, routing) {
            counters.count(.rateLimited)
            return .rateLimited
        }
        guard let index = routing.pointee.routes.isEmpty ? nil : match(client, bytes, routing) else {
            guard exchange.pointee.backend == Exchange.noBackend else { return pathFault(exchange, bytes, routing) }
            counters.count(.unrouted)
            return .unrouted
        }
        let route = routing.pointee.routes[index]
        exchange.pointee.route = UInt16(truncatingIfNeeded: index)
        switch route.target {
        case .backend:
            exchange.pointee.backend = UInt16(truncatingIfNeeded: route.backend)
            return pathFault(exchange, bytes, routing)
        case .redirect, .redirectToHTTPS:
            exchange.pointee.status = route.status
            counters.count(.redirects)
            return .redirected
        case .answer:
            exchange.pointee.status = route.status
            return .returned
        case .deny:
            counters.count(.deniedByRoute)
            return .denied
        }
    }

    /// Where the path is edited: refuses one that would lead out of what stands before it then.
    private mutating func pathFault(
        _ exchange: UnsafeMutablePointer<Exchange>, _ bytes: UnsafeRawBufferPointer, _ routing: UnsafePointer<PlannedRouting>
    ) -> ExchangeEnding? {
        guard let changes = routing.pointee.rewriting(exchange.pointee.route), changes.pointee.editsPath,
            ParentSegment.isIn(slice(bytes, http.request.path))
        else { return nil }
        exchange.pointee.rejection = .parentSegment
        counters.count(Rejection.parentSegment)
        return .refused
    }

    /// The index of the first route that matches.
    private mutating func match(
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer,
        _ routing: UnsafePointer<PlannedRouting>
    ) -> Int? {
        let matcher = routing.pointee.matcher
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        findHeaders(matcher.headerNames, bytes)
        let address = client.pointee.clientAddress.endpoint?.host.mapped
        let asks = http.request.facts.isSuperset(of: [.hasUpgrade, .namesUpgrade]) && http.request.minorVersion > 0
        return matcher.match(
            RouteRequest(
                host: slice(bytes, http.request.authority), path: matcher.usesPaths ? normalPath(bytes) : nothing,
                query: slice(bytes, http.request.query), method: slice(bytes, http.request.methodText),
                address: address.map { ($0.high, $0.low) }, headerValues: UnsafePointer(http.headerValues),
                headerStarts: UnsafePointer(http.headerStarts),
                upgrade: asks ? field(.upgrade, bytes) : nothing,
                isSecure: matcher.usesScheme && isSecure(client, bytes, rules(of: client))))
    }

    /// Finds every line of the fields that routes ask for.
    private func findHeaders(_ names: RouteHeaderNames, _ bytes: UnsafeRawBufferPointer) {
        var count = 0
        http.headerStarts[0] = 0
        for place in 0..<names.count {
            let name = PlannedName(borrowing: names.name(at: place))
            var index = 0
            while let found = fieldIndex(name, bytes, from: index) {
                http.headerValues[count] = value(of: http.fields[found], bytes)
                count &+= 1
                index = found &+ 1
            }
            http.headerStarts[place &+ 1] = count
        }
    }

    /// The path as routes know it. A whole URI may have none, and `*` is none.
    private func normalPath(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let path = slice(bytes, http.request.path)
        if path.isEmpty || path[0] != UInt8(ascii: "/") {
            http.scratch[0] = UInt8(ascii: "/")
            return UnsafeRawBufferPointer(rebasing: http.scratch[..<1])
        }
        return NormalizedPath.write(path, into: http.scratch)
    }

    /// Whether the request is beyond one of the frontend's limits. It is counted against all before the first that
    /// it is beyond.
    private mutating func isTooOften(
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer,
        _ routing: UnsafePointer<PlannedRouting>
    ) -> Bool {
        for place in 0..<routing.pointee.rateLimits.count {
            let limit = routing.pointee.rateLimits[place]
            switch limit.kind {
            case .address:
                guard let address = client.pointee.clientAddress.endpoint else { continue }
                if isBeyond(limit, KeyedHash.key(of: address.host)) { return true }
            case .host:
                guard !http.request.authority.isEmpty else { continue }
                let host = RequestTexts.host(slice(bytes, http.request.authority))
                if isBeyond(limit, PlannedRateLimit.key(ofHost: host, using: http.scratch)) { return true }
            // Each line counts: another one before it does not hide a value.
            case .header:
                var index = 0
                while let found = fieldIndex(limit.name, bytes, from: index) {
                    if isBeyond(limit, PlannedRateLimit.key(of: value(of: http.fields[found], bytes))) { return true }
                    index = found &+ 1
                }
            }
        }
        return false
    }

    /// Counts the request. Where it is beyond the limit, it is noted when one would not be.
    private mutating func isBeyond(_ limit: PlannedRateLimit, _ key: UInt64) -> Bool {
        let waitNanoseconds = limit.admit(key, at: io.now)
        guard waitNanoseconds > 0 else { return false }
        http.retryAfterSeconds = (waitNanoseconds &- 1) / 1_000_000_000 &+ 1
        return true
    }

    // MARK: - Answers of our own

    /// Answers the request that was just read by ourselves.
    mutating func answerHere(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>, _ ending: ExchangeEnding
    ) {
        var idText: InlineArray<32, UInt8> = .init(repeating: 0)
        let (high, low) = (io.random(), io.random())
        withUnsafeMutableBytes(of: &idText) { _ = HexText.write(high: high, low: low, into: $0) }
        let isTrusted = isTrusted(client, rules)
        withUnsafeBytes(of: &idText) { drawn in
            let id = requestID(bytes, rules, isTrusted: isTrusted, drawn: drawn)
            if ending == .redirected { writeLocation(exchange, client, bytes, rules, id) }
            if plan.isLogging { noteTexts(exchange, bytes, id) }
        }
        exchange.pointee.requestHeadBytes = UInt32(truncatingIfNeeded: http.request.byteCount)
        client.pointee.input.consume(http.request.byteCount, in: io.buffers)
        client.pointee.headEnd = HeadEnd()
        skipBody(exchange, client)
        respond(name, exchange, ending)
    }

    private mutating func writeLocation(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>, _ id: UnsafeRawBufferPointer
    ) {
        let routing = routing(of: exchange.pointee.listener)
        var address = ClientText(client.pointee.clientAddress)
        var host = ownHost(client)
        var writer = HeadWriter(http.scratch)
        address.withBytes { clientText in
            host.withBytes { ownHost in
                let texts = RequestTexts(
                    bytes: bytes, head: http.request, clientText: clientText, requestID: id, ownHost: ownHost,
                    isSecure: isSecure(client, bytes, rules), serverName: routing.pointee.name.bytes)
                routing.pointee.routes[Int(exchange.pointee.route)].url.write(texts, into: &writer)
            }
        }
        http.location = writer.bytes
    }

    /// Where the client connected to, where the request does not say it: only HTTP/1.0 may lack a Host.
    mutating func ownHost(_ client: UnsafeMutablePointer<HTTPConnection>) -> HostText {
        var own = NativeAddress()
        let isNamed = http.request.authority.count > 0 || !io.localAddress(of: client.pointee.descriptor, into: &own)
        return HostText(isNamed ? .unnamed : PeerAddress(own))
    }

    func isTrusted(_ client: UnsafeMutablePointer<HTTPConnection>, _ rules: UnsafePointer<HTTPRules>) -> Bool {
        client.pointee.clientAddress.endpoint.map { rules.pointee.trusted.contains($0.host) } ?? false
    }

    /// Whether the client came by https, as a proxy says that is believed.
    func isSecure(
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>
    ) -> Bool {
        guard isTrusted(client, rules) else { return false }
        let proto = field(.xForwardedProto, bytes)
        let https: StaticString = "https"
        guard proto.count >= https.utf8CodeUnitCount else { return false }
        for index in 0..<https.utf8CodeUnitCount where proto[index] | 0x20 != https.utf8Start[index] { return false }
        return proto.count == https.utf8CodeUnitCount || proto[https.utf8CodeUnitCount] == UInt8(ascii: ",")
    }

    /// A body that has come with its head is read, so that the next request can be told from it.
    private mutating func skipBody(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        guard !exchange.pointee.requestBody.isEnded else { return }
        var skipped = BufferQueue()
        _ = exchange.pointee.requestBody.forward(
            from: &client.pointee.input, to: &skipped, bound: HTTPConnection.highWaterBytes, in: io.buffers)
        skipped.discard(in: io.buffers)
    }

    // MARK: - Servers that clients are sent to

    /// The server takes no requests from us: its client is sent there.
    mutating func redirect(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, to url: UnsafeRawBufferPointer) {
        exchange.pointee.status = exchange.pointee.method == .get || exchange.pointee.method == .head ? 302 : 307
        var writer = HeadWriter(http.scratch)
        writer.append(url)
        // The request stands there as a server would get it: its target lies between two blanks.
        let count = exchange.pointee.request.copy(to: http.gathered, in: io.buffers)
        var start = 0
        while start < count, http.gathered[start] != UInt8(ascii: " ") { start &+= 1 }
        start = min(start &+ 1, count)
        var end = start
        while end < count, http.gathered[end] != UInt8(ascii: " ") { end &+= 1 }
        // A target that is longer than any head of a client's: prefixes have made it so.
        guard end < count else { return giveUp(name, exchange, .resourcesShort) }
        let target = UnsafeRawBufferPointer(rebasing: http.gathered[start..<end])
        // The asterisk of OPTIONS has no place behind a host.
        if target.first == UInt8(ascii: "/") { writer.append(target) } else { writer.append("/") }
        http.location = writer.bytes
        guard writer.isWhole else { return giveUp(name, exchange, .resourcesShort) }
        counters.count(.redirects)
        tally.add(1, to: .sessions, of: plan.backends[Int(exchange.pointee.backend)].firstServer &+ Int(exchange.pointee.server))
        if let client = http.connections.find(exchange.pointee.client) { skipBody(exchange, client) }
        respond(name, exchange, .redirected)
    }
}
