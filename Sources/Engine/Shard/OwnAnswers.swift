// Answers that no server gave: their heads, and bodies out of files, a piece at a time.

internal import Codecs
internal import Config

extension Shard where IO: ~Copyable {
    func ownStatus(_ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding) -> Int {
        switch ending {
        case .refused: exchange.pointee.rejection?.status ?? 400
        // Decided with the route, or with the server.
        case .redirected, .returned: Int(exchange.pointee.status)
        default: ending.status
        }
    }

    /// One line for people.
    func ownReason(_ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding, _ status: Int) -> StaticString {
        switch ending {
        case .refused: exchange.pointee.rejection?.reason ?? ending.reason
        case .returned: StatusText.phrase(status)
        default: ending.reason
        }
    }

    /// The body of the answer, where it is a file.
    private func ownFile(_ exchange: UnsafeMutablePointer<Exchange>, _ ending: ExchangeEnding, _ status: Int) -> PlannedFile? {
        let routing = routing(of: exchange.pointee.listener)
        if ending == .returned {
            let file = routing.pointee.routes[Int(exchange.pointee.route)].file
            if file.exists { return file }
        }
        return routing.pointee.errorFile(status)
    }

    /// Writes the answer's head, and its body where that is one line. A file follows (`passOwnBody`).
    mutating func write(
        _ status: Int, _ reason: StaticString, _ ending: ExchangeEnding, _ exchange: UnsafeMutablePointer<Exchange>,
        isPersistent: Bool, to client: UnsafeMutablePointer<HTTPConnection>
    ) -> Bool {
        let file = ownFile(exchange, ending, status)
        // These have no content, and the first and the last no length either (RFC 9110 sections 8.6, 15.3.6).
        let isEmpty = status == 204 || status == 205 || status == 304
        let hasBody = !isEmpty && exchange.pointee.method != .head
        var writer = HeadWriter(http.written)
        writer.append("HTTP/1.1 ")
        writer.append(decimal: UInt64(status))
        writer.append(" ")
        writer.append(StatusText.phrase(status))
        if !isEmpty {
            writer.append("\r\nContent-Type: ")
            if let file { writer.append(file.contentType.bytes) } else { writer.append("text/plain") }
        }
        if status != 204, status != 304 {
            writer.append("\r\nContent-Length: ")
            writer.append(decimal: UInt64(isEmpty ? 0 : file?.bytes.count ?? reason.utf8CodeUnitCount + 1))
        }
        writer.append("\r\nDate: ")
        writer.append(http.date())
        if status == 405 { writer.append("\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, TRACE") }
        if ending == .redirected {
            writer.append("\r\nLocation: ")
            writer.append(http.location)
            http.location = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        writeRetryAfter(ending, exchange, into: &writer)
        if ending == .handshakeVersion { writer.append("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13") }
        let isOldClient = exchange.pointee.facts.contains(.oldClient)
        writeConnection(ending, isPersistent: isPersistent, isOldClient: isOldClient, into: &writer)
        if let file {
            if hasBody {
                exchange.pointee.ownBody = file.bytes.baseAddress
                exchange.pointee.ownBodyLeft = UInt32(truncatingIfNeeded: file.bytes.count)
            }
        } else if hasBody {
            writer.append(reason)
            writer.append("\n")
            exchange.pointee.responseBody.passed(reason.utf8CodeUnitCount + 1)
        }
        return writer.isWhole && client.pointee.output.appendHead(writer.bytes, in: io.buffers)
    }

    /// The head's last field, and its end. Upgrade, which 426 has to have, is a field for one connection as well
    /// (RFC 9110 sections 7.8, 15.5.22); HTTP/1.0 has no such thing.
    private func writeConnection(
        _ ending: ExchangeEnding, isPersistent: Bool, isOldClient: Bool, into writer: inout HeadWriter
    ) {
        if ending == .handshakeVersion {
            writer.append(isPersistent ? "\r\nConnection: Upgrade" : "\r\nConnection: Upgrade, close")
        } else if !isPersistent {
            writer.append("\r\nConnection: close")
        } else if isOldClient {
            writer.append("\r\nConnection: keep-alive")
        }
        writer.append("\r\n\r\n")
    }

    private func writeRetryAfter(
        _ ending: ExchangeEnding, _ exchange: UnsafeMutablePointer<Exchange>, into writer: inout HeadWriter
    ) {
        let seconds: UInt64
        switch ending {
        case .queueFull, .queueTimeout, .tunnelsPaced:
            // By then, whoever waits now has been served or sent away.
            let timeout = plan.backends[Int(exchange.pointee.backend)].queueTimeoutMilliseconds
            seconds = max(1, (timeout + 999) / 1000)
        case .rateLimited: seconds = http.retryAfterSeconds
        default: return
        }
        writer.append("\r\nRetry-After: ")
        writer.append(decimal: seconds)
    }

    /// Hands the client as much of the body as may wait for it; once that was the last, the exchange is over. A file
    /// may be larger than the memory for bytes that wait, and many clients may ask for it at once.
    mutating func passOwnBody(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>
    ) {
        let left = Int(exchange.pointee.ownBodyLeft)
        let bound = io.buffers.mayCollect ? HTTPConnection.highWaterBytes : HTTPConnection.lowWaterBytes
        let step = min(left, max(0, bound &- client.pointee.output.count))
        if step > 0, let start = exchange.pointee.ownBody {
            let piece = UnsafeRawBufferPointer(start: start, count: step)
            guard client.pointee.output.appendCopy(of: piece, in: io.buffers) else {
                counters.count(.spillExhausted)
                exchange.pointee.ending = .resourcesShort
                return cut(name, exchange)
            }
            exchange.pointee.ownBody = start + step
            exchange.pointee.ownBodyLeft = UInt32(truncatingIfNeeded: left &- step)
            exchange.pointee.responseBody.passed(step)
        }
        guard exchange.pointee.ownBodyLeft == 0 else {
            exchange.pointee.facts.insert(.ownBody)
            return list(client, exchange.pointee.client)
        }
        exchange.pointee.facts.remove(.ownBody)
        exchange.pointee.facts.insert(.responseEnded)
        over(name, exchange)
    }

    // MARK: - Lines in the heads of servers' answers

    /// Keeps the lines for the answer that depend on the request, whose head is gone by then.
    func noteAnswerFields(
        _ exchange: UnsafeMutablePointer<Exchange>, _ changes: UnsafePointer<PlannedRewriting>, _ texts: RequestTexts
    ) -> Bool {
        let added = changes.pointee.responseFields.added
        guard !added.isFixed else { return true }
        var writer = HeadWriter(http.scratch)
        added.write(texts, into: &writer)
        return writer.isWhole && exchange.pointee.addedFields.appendHead(writer.bytes, in: io.buffers)
    }

    /// Those lines, and the one that sets a cookie.
    func addedLines(_ exchange: UnsafeMutablePointer<Exchange>) -> UnsafeRawBufferPointer {
        let setsCookie = exchange.pointee.facts.contains(.setsCookie)
        guard setsCookie || !exchange.pointee.addedFields.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        var writer = HeadWriter(http.scratch)
        writer.wrote(exchange.pointee.addedFields.copy(to: http.scratch, in: io.buffers))
        if setsCookie { writeCookie(exchange, into: &writer) }
        return writer.bytes
    }
}
