// A request's head as servers get it: our own version and framing, nothing that was for one connection only,
// and who the client is.
// Knows heads and fields. Knows nothing of sockets, or of which server gets it.

internal import Codecs

/// What is added to a request's head.
struct RequestRewriting {
    /// The head's own bytes, and its fields.
    let bytes: UnsafeRawBufferPointer
    let fields: UnsafeMutablePointer<HeadField>
    let rules: UnsafePointer<HTTPRules>
    /// The client, its address as text, and whether what it says of others is believed.
    let client: PeerAddress
    let clientText: UnsafeRawBufferPointer
    let isTrusted: Bool
    /// 32 hexadecimal digits, used where the request brings none that is believed.
    let requestID: UnsafeRawBufferPointer
    /// Where the client connected to: stands in for a Host that HTTP/1.0 may lack.
    let ownHost: UnsafeRawBufferPointer
    /// The server's connection serves this request alone.
    let isLast: Bool
    /// The protocol that it asks to be upgraded to; empty: none.
    var upgrade = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What the operator changes, where that is anything, and the values of the variables.
    var changes: UnsafePointer<PlannedRewriting>?
    var texts: RequestTexts?

    func write(_ head: RequestHead, into writer: inout HeadWriter) {
        var seen: OwnFields = changes?.pointee.requestFields.unwanted ?? []
        writeLine(head, seen, into: &writer)
        copyFields(head, &seen, into: &writer)
        writeFraming(head, into: &writer)
        writeForwarding(head, seen, into: &writer)
        if let changes, let texts { changes.pointee.requestFields.added.write(texts, into: &writer) }
        if !upgrade.isEmpty {
            writer.append("Connection: Upgrade\r\n")
            field("Upgrade: ", upgrade, into: &writer)
        } else if isLast {
            writer.append("Connection: close\r\n")
        }
        writer.append("\r\n")
    }

    private func writeLine(_ head: RequestHead, _ seen: OwnFields, into writer: inout HeadWriter) {
        writer.append(slice(head.methodText))
        writer.append(" ")
        let start = writer.count
        switch head.form {
        case .origin, .absolute:
            if head.pathAndQuery.count > 0, bytes[Int(head.pathAndQuery.start)] != UInt8(ascii: "/") {
                writer.append("/")  // `http://host?query` has no path (RFC 9112 section 3.2.1).
                writer.append(slice(head.pathAndQuery))
            } else if head.pathAndQuery.count > 0 {
                writer.append(slice(head.pathAndQuery))
            } else {
                // A whole URI without a path is `*` for OPTIONS (RFC 9112 section 3.2.4).
                writer.append(head.method == .options ? "*" : "/")
            }
        case .asterisk, .authority: writer.append(slice(head.target))
        }
        if let changes, changes.pointee.editsPath, writer.bytes[start...].first == UInt8(ascii: "/") {
            changes.pointee.editPath(in: &writer, from: start)
        }
        writer.append(" HTTP/1.1\r\n")
        // The authority of a whole URI replaces Host (RFC 9112 section 3.2.2).
        if head.form == .absolute, !seen.contains(.host) {
            writer.append("Host: ")
            writer.append(slice(head.authority))
            writer.append("\r\n")
        }
    }

    /// Copies the fields that go on, as many at a time as stand together.
    private func copyFields(_ head: RequestHead, _ seen: inout OwnFields, into writer: inout HeadWriter) {
        if head.form == .absolute { seen.insert(.host) }
        var start = 0
        var end = 0
        for index in 0..<head.fieldCount {
            let field = fields + index
            guard goesOn(field, head, &seen) else {
                if end > start { writer.append(bytes.baseAddress! + start, end - start) }
                (start, end) = (0, 0)
                continue
            }
            if end == 0 { start = Int(field.pointee.nameStart) }
            end = lineEnd(index, head)
        }
        if end > start { writer.append(bytes.baseAddress! + start, end - start) }
        if !seen.contains(.host) {
            writer.append("Host: ")
            writer.append(ownHost)
            writer.append("\r\n")
        }
    }

    /// Where a field's line ends, its CR LF included: where the next begins, or the empty line.
    @inline(__always)
    private func lineEnd(_ index: Int, _ head: RequestHead) -> Int {
        index + 1 < head.fieldCount ? Int(fields[index + 1].nameStart) : head.byteCount - 2
    }

    @inline(__always)
    private func goesOn(_ field: UnsafeMutablePointer<HeadField>, _ head: RequestHead, _ seen: inout OwnFields) -> Bool {
        if field.pointee.isDropped { return false }
        if let changes, changes.pointee.requestFields.drops(name(of: field)) { return false }
        switch field.pointee.name {
        case .host:
            if head.form == .absolute { return false }
            seen.insert(.host)
        case .xForwardedFor, .forwarded: return isTrusted
        case .xForwardedProto:
            guard isTrusted else { return false }
            seen.insert(.proto)
        case .xForwardedHost:
            guard isTrusted else { return false }
            seen.insert(.forwardedHost)
        case .xRealIP:
            guard isTrusted else { return false }
            seen.insert(.realIP)
        case .xForwardedPort: return isTrusted
        case .xRequestID, .other:
            let name = name(of: field)
            if rules.pointee.requestIDName.matches(name) {
                guard isTrusted else { return false }
                seen.insert(.requestID)
            } else if !isTrusted, ClientClaim.isOne(name) || rules.pointee.requestIDName.matches(name, sparesUnderscores: true)
            {
                return false
            }
        default: break
        }
        return true
    }

    @inline(__always)
    private func name(of field: UnsafeMutablePointer<HeadField>) -> UnsafeRawBufferPointer {
        slice(field.pointee.nameRange)
    }

    private func writeFraming(_ head: RequestHead, into writer: inout HeadWriter) {
        // A length stands among the fields; chunks were named in one that is for each connection anew.
        if head.framing == .chunked { writer.append("Transfer-Encoding: chunked\r\n") }
    }

    private func writeForwarding(_ head: RequestHead, _ seen: OwnFields, into writer: inout HeadWriter) {
        let host = head.authority.count > 0 ? slice(head.authority) : ownHost
        if rules.pointee.writesXForwarded {
            if !seen.contains(.forwardedFor) { field("X-Forwarded-For: ", clientText, into: &writer) }
            if !seen.contains(.proto) { writer.append("X-Forwarded-Proto: http\r\n") }
            if !seen.contains(.forwardedHost) { field("X-Forwarded-Host: ", host, into: &writer) }
        }
        if rules.pointee.writesForwarded, !seen.contains(.forwarded) { writeForwarded(host, into: &writer) }
        if rules.pointee.writesRealIP, !seen.contains(.realIP) { field("X-Real-IP: ", clientText, into: &writer) }
        if !rules.pointee.requestIDName.bytes.isEmpty, !seen.contains(.requestID) {
            writer.append(rules.pointee.requestIDName.bytes)
            field(": ", requestID, into: &writer)
        }
        if !rules.pointee.via.bytes.isEmpty, !seen.contains(.via) { field("Via: ", rules.pointee.via.bytes, into: &writer) }
    }

    /// RFC 7239: an IPv6 address is quoted and bracketed, a host is quoted as it may have a colon.
    private func writeForwarded(_ host: UnsafeRawBufferPointer, into writer: inout HeadWriter) {
        writer.append("Forwarded: for=")
        switch client.endpoint?.host.unmapped {
        case .ipv6:
            writer.append("\"[")
            writer.append(clientText)
            writer.append("]\"")
        case .ipv4: writer.append(clientText)
        case nil: writer.append("unknown")
        }
        writer.append(";host=\"")
        writer.append(host)
        writer.append("\";proto=http\r\n")
    }

    private func field(_ name: StaticString, _ value: UnsafeRawBufferPointer, into writer: inout HeadWriter) {
        writer.append(name)
        writer.append(value)
        writer.append("\r\n")
    }

    @inline(__always)
    private func slice(_ range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.start)..<Int(range.start) + Int(range.count)])
    }
}
