// A response's head as clients get it: our own version and framing, and nothing that was for the server's
// connection only.
// Knows heads and fields. Knows nothing of sockets.

internal import Codecs

/// What becomes of a response's head.
struct ResponseRewriting {
    let bytes: UnsafeRawBufferPointer
    let fields: UnsafeMutablePointer<HeadField>
    /// The client speaks HTTP/1.0.
    let isOldClient: Bool
    /// The client's connection goes on after this.
    let isPersistent: Bool
    /// 29 bytes, for a server that sent no Date (RFC 9110 section 6.6.1).
    let date: UnsafeRawBufferPointer
    let via: UnsafeRawBufferPointer
    /// The protocol that is spoken from here on, of a 101.
    var upgrade = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What the operator changes, where that is anything.
    var changes: UnsafePointer<PlannedRewriting>?
    /// Lines that are put in, with their line ends: what depends on the request, and a cookie.
    var added = UnsafeRawBufferPointer(start: nil, count: 0)

    func write(_ head: ResponseHead, into writer: inout HeadWriter) {
        writer.append("HTTP/1.1 ")
        writer.append(decimal: UInt64(head.status))
        writer.append(" ")
        writer.append(slice(head.reason))
        writer.append("\r\n")
        copyFields(head, into: &writer)
        if head.framing == .chunked, !isOldClient { writer.append("Transfer-Encoding: chunked\r\n") }
        if !upgrade.isEmpty {
            writer.append("Connection: Upgrade\r\nUpgrade: ")
            writer.append(upgrade)
            writer.append("\r\n")
        }
        if head.status >= 200 {
            if !head.facts.contains(.hasDate), !isUnwanted(.date) {
                writer.append("Date: ")
                writer.append(date)
                writer.append("\r\n")
            }
            if !isPersistent {
                writer.append("Connection: close\r\n")
            } else if isOldClient {
                writer.append("Connection: keep-alive\r\n")
            }
        }
        if !via.isEmpty, !isUnwanted(.via) {
            writer.append("Via: ")
            writer.append(via)
            writer.append("\r\n")
        }
        if let changes, changes.pointee.responseFields.added.isFixed {
            changes.pointee.responseFields.added.writeFixed(into: &writer)
        }
        writer.append(added)
        writer.append("\r\n")
    }

    private func isUnwanted(_ field: OwnFields) -> Bool { changes?.pointee.responseFields.unwanted.contains(field) ?? false }

    /// Copies the fields that go on, as many at a time as stand together.
    private func copyFields(_ head: ResponseHead, into writer: inout HeadWriter) {
        // Neither has a body, so neither may say how long it is (RFC 9110 section 8.6).
        let hidesLength = head.status < 200 || head.status == 204
        var (start, end) = (0, 0)
        for index in 0..<head.fieldCount {
            let field = fields[index]
            if field.isDropped || (hidesLength && field.name == .contentLength) || isTakenAway(field) {
                if end > start { writer.append(bytes.baseAddress! + start, end - start) }
                (start, end) = (0, 0)
                continue
            }
            if end == 0 { start = Int(field.nameStart) }
            end = index + 1 < head.fieldCount ? Int(fields[index + 1].nameStart) : head.byteCount - 2
        }
        if end > start { writer.append(bytes.baseAddress! + start, end - start) }
    }

    @inline(__always)
    private func isTakenAway(_ field: HeadField) -> Bool { changes?.pointee.responseFields.drops(slice(field.nameRange)) ?? false }

    private func slice(_ range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.start)..<Int(range.start) + Int(range.count)])
    }
}
