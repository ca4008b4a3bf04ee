// The access log of http mode: texts are kept as a request begins, and a line is made as its exchange ends.

internal import Balancing
internal import CLinux
internal import Codecs
internal import Synchronization

extension Shard where IO: ~Copyable {
    /// Keeps what the log says of a request, as its head is gone by the time it ends.
    mutating func noteTexts(
        _ exchange: UnsafeMutablePointer<Exchange>, _ bytes: UnsafeRawBufferPointer, _ id: UnsafeRawBufferPointer
    ) {
        var counts = ExchangeTexts()
        var writer = HeadWriter(UnsafeMutableRawBufferPointer(rebasing: http.written[http.gathered.count...]))
        counts.method = note(slice(bytes, http.request.methodText), 32, &writer)
        counts.target = note(slice(bytes, http.request.target), 2_048, &writer)
        counts.host = note(slice(bytes, http.request.authority), 256, &writer)
        counts.referer = note(field(.referer, bytes), 1_024, &writer)
        counts.userAgent = note(field(.userAgent, bytes), 512, &writer)
        counts.requestID = note(id, 128, &writer)
        for place in 0..<plan.log.fieldNames.count {
            let value = header(plan.log.fieldNames[place], bytes) ?? HTTPLogLine.noText
            counts.fields[place] = note(value, HTTPLogLine.fieldBytesMax, &writer)
        }
        // A line without its texts is better than a request without its answer.
        guard exchange.pointee.texts.appendHead(writer.bytes, in: io.buffers) else { return }
        exchange.pointee.textCounts = counts
        exchange.pointee.facts.insert(.hasTexts)
    }

    /// Keeps what can be read of a request that is refused: its first line, where that is whole and well formed.
    mutating func noteRequestLine(_ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>) {
        // Read once more: a head that came in pieces may have been refused before it was parsed.
        let count = client.pointee.input.copy(to: http.gathered, in: io.buffers)
        let bytes = UnsafeRawBufferPointer(rebasing: http.gathered[..<count])
        let limits = rules(of: client).pointee.limits
        switch RequestHead.parse(bytes, limits: limits, into: &http.request, fields: http.fields) {
        // A line of the log could not say which version that was.
        case .rejected(.versionMalformed), .rejected(.versionUnsupported): return
        case .rejected, .partial, .complete: break
        }
        // Without them, the line has `-` in their place, or HAProxy's `<BADREQ>`.
        guard !http.request.target.isEmpty, bytes.count > Int(http.request.target.end) + " HTTP/1.1".utf8.count else { return }
        if http.request.minorVersion == 0 { exchange.pointee.facts.insert(.oldClient) }
        noteTexts(exchange, bytes, UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// - Parameter bytesMax: the line has no room for more (`HTTPLogLine`).
    private func note(_ text: UnsafeRawBufferPointer, _ bytesMax: Int, _ writer: inout HeadWriter) -> UInt16 {
        let count = min(text.count, bytesMax)
        writer.append(UnsafeRawBufferPointer(rebasing: text[..<count]))
        return UInt16(truncatingIfNeeded: count)
    }

    func field(_ name: FieldName, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        for index in 0..<http.request.fieldCount where http.fields[index].name == name {
            return value(of: http.fields[index], bytes)
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Queues the line of an exchange that ends.
    ///
    /// - Parameter tunnel: what became of it after a 101; `nil`: there was none.
    mutating func writeLog(_ exchange: UnsafeMutablePointer<Exchange>, tunnel: TunnelLog? = nil) {
        guard plan.isLogging, log.queue != nil else { return }
        guard plan.log.takes(draw: plan.log.takesAll ? 0 : io.random(), status: Int(exchange.pointee.status)) else { return }
        var line = HTTPLogLine(client: client(of: exchange, tunnel))
        fillTimes(&line, exchange)
        fillNames(&line, exchange)
        fillTexts(&line, exchange)
        line.status = Int(exchange.pointee.status)
        line.bytesIn = UInt64(exchange.pointee.requestHeadBytes) &+ exchange.pointee.requestBody.passedBytes
        line.bodyBytesOut = exchange.pointee.facts.contains(.answered) ? exchange.pointee.responseBody.passedBytes : 0
        line.bytesOut = UInt64(exchange.pointee.responseHeadBytes) &+ line.bodyBytesOut
        if let tunnel { fill(&line, tunnel) }
        line.retries = Int(exchange.pointee.retries)
        line.isRedispatched = isRedispatched(exchange)
        line.isReused = exchange.pointee.facts.contains(.reused)
        (line.endedBy, line.endedDuring) = letters(of: exchange)
        line.reason = reason(of: exchange)
        line.shard = index
        log.write(
            &line, plan.log, wallMilliseconds: exchange.pointee.wallMilliseconds, counters: counters, in: http.written)
    }

    /// Whether a retry went to another server. A server that failed is marked as tried where nothing is tried again, too.
    private func isRedispatched(_ exchange: UnsafeMutablePointer<Exchange>) -> Bool {
        guard exchange.pointee.retries > 0, exchange.pointee.server >= 0 else { return false }
        return triedServers(exchange).bits.nonzeroBitCount > 1
    }

    private func fill(_ line: inout HTTPLogLine, _ tunnel: TunnelLog) {
        line.bytesIn &+= tunnel.bytesIn
        line.bytesOut &+= tunnel.bytesOut
        line.bodyBytesOut &+= tunnel.bytesOut
        (line.wsCloseCode, line.wsMessagesIn, line.wsMessagesOut) = (tunnel.closeCode, tunnel.messagesIn, tunnel.messagesOut)
    }

    private func client(of exchange: UnsafeMutablePointer<Exchange>, _ tunnel: TunnelLog?) -> TCPLogLine.Client {
        let own = http.connections.find(exchange.pointee.client)?.pointee.clientAddress
        guard let address = tunnel?.clientAddress ?? own else { return .unix(listenerNumber: 0) }
        switch address {
        case .ipv4(let host, let port): return .ipv4(host: host, port: port)
        case .ipv6(let high, let low, let port): return .ipv6(high: high, low: low, port: port)
        case .unnamed: return .unix(listenerNumber: UInt32(exchange.pointee.listener) + 1)
        }
    }

    private func fillTimes(_ line: inout HTTPLogLine, _ exchange: UnsafeMutablePointer<Exchange>) {
        let times = exchange.pointee
        line.acceptedUnixSeconds = Int64(times.wallMilliseconds / 1000)
        line.acceptedMilliseconds = UInt32(times.wallMilliseconds % 1000)
        line.requestNanoseconds = Int64(times.headAt &- times.begunAt)
        line.totalNanoseconds = Int64(io.now &- times.begunAt)
        guard times.connectingAt > 0 || times.queueNanoseconds > 0 else { return }
        line.queueNanoseconds = Int64(times.queueNanoseconds)
        if times.connectingAt > 0 {
            line.serverStatus = Int(times.status)
            line.serverNanoseconds = Int64(clamping: io.now &- times.connectingAt)
        }
        guard times.connectedAt > 0 else { return }
        line.connectNanoseconds = Int64(clamping: times.connectedAt &- times.connectingAt)
        guard times.answeredAt >= times.connectedAt else { return }
        line.headerNanoseconds = Int64(times.answeredAt &- times.connectedAt)
    }

    private func fillNames(_ line: inout HTTPLogLine, _ exchange: UnsafeMutablePointer<Exchange>) {
        let listener = plan.listeners[Int(exchange.pointee.listener)]
        line.frontend = plan.frontendNames[listener.frontend].bytes
        // As in HAProxy, the frontend answers in its own name.
        line.backend = line.frontend
        line.processConnections = plan.processLimit.current
        line.frontendConnections = listener.frontendLimit.current
        line.listenerPort = listener.port
        guard exchange.pointee.backend != Exchange.noBackend else { return }
        let backend = plan.backends[Int(exchange.pointee.backend)]
        line.backend = plan.backendNames[Int(exchange.pointee.backend)].bytes
        line.backendConnections = backend.table.currentTotal
        line.backendQueue = backend.queueLimit.current
        let server = Int(exchange.pointee.server)
        guard server >= 0 else { return }
        line.server = plan.serverNames[backend.firstServer + server].bytes
        line.serverAddress = plan.serverTexts[backend.firstServer + server].bytes
        line.serverConnections = Int(backend.table.load(server).pointee.current.load(ordering: .relaxed))
    }

    private func fillTexts(_ line: inout HTTPLogLine, _ exchange: UnsafeMutablePointer<Exchange>) {
        line.proto = exchange.pointee.facts.contains(.oldClient) ? "HTTP/1.0" : "HTTP/1.1"
        guard exchange.pointee.facts.contains(.hasTexts) else { return }
        let counts = exchange.pointee.textCounts
        let texts = UnsafeRawBufferPointer(http.gathered)
        _ = exchange.pointee.texts.copy(to: http.gathered, in: io.buffers)
        var place = 0
        func next(_ count: UInt16) -> UnsafeRawBufferPointer {
            defer { place += Int(count) }
            return UnsafeRawBufferPointer(rebasing: texts[place..<place + Int(count)])
        }
        line.method = next(counts.method)
        line.target = next(counts.target)
        line.host = next(counts.host)
        line.referer = next(counts.referer)
        line.userAgent = next(counts.userAgent)
        line.requestID = next(counts.requestID)
        line.fieldCounts = counts.fields
        line.fieldTexts = next((0..<plan.log.fieldNames.count).reduce(0) { $0 + counts.fields[$1] })
    }

    private func reason(of exchange: UnsafeMutablePointer<Exchange>) -> StaticString {
        if let rejection = exchange.pointee.rejection { return rejection.name }
        return exchange.pointee.ending.name
    }

    /// HAProxy's two letters: who ended the session, and what it was doing.
    private func letters(of exchange: UnsafeMutablePointer<Exchange>) -> (UInt8, UInt8) {
        func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> (UInt8, UInt8) {
            (UInt8(ascii: first), UInt8(ascii: second))
        }
        let during: Unicode.Scalar =
            exchange.pointee.facts.contains(.ownBody) || exchange.pointee.answeredAt > exchange.pointee.connectedAt
            ? "D" : exchange.pointee.connectedAt > 0 ? "H" : exchange.pointee.queuedAt > 0 ? "Q" : "C"
        switch exchange.pointee.ending {
        case .finished: return pair("-", "-")
        case .refused, .bodyTooLarge, .denied, .rateLimited: return pair("P", "R")
        case .redirected, .returned, .unrouted: return pair("L", "R")
        case .headTimeout: return pair("c", "R")
        case .bodyTimeout, .bodyTooSlow: return pair("c", "D")
        case .clientReset: return pair("C", during)
        case .clientLeft: return pair("C", "D")
        case .clientStalled: return pair("c", "D")
        case .connectFailed: return pair("S", "C")
        case .connectTimeout: return pair("s", "C")
        case .queueFull: return pair("S", "Q")
        case .queueTimeout: return pair("s", "Q")
        case .serverClosed: return pair("S", "H")
        case .responseMalformed: return pair("P", "H")
        case .serverTimeout: return pair("s", during)
        case .responseTruncated: return pair("S", "D")
        case .resourcesShort: return pair("R", during)
        case .handshakeMalformed, .handshakeVersion, .tunnelsPaced: return pair("P", "R")
        case .tunnelTimeout, .clientSilent: return pair("c", "D")
        case .serverSilent: return pair("s", "D")
        case .clientFault: return pair("C", "D")
        case .serverFault, .serverLeft: return pair("S", "D")
        case .stopped: return pair("K", during)
        }
    }
}
