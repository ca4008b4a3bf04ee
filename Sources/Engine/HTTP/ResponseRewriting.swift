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

    func write(_ head: ResponseHead, into writer: inout HeadWriter) {
        writer.append("HTTP/1.1 ")
        writer.append(decimal: UInt64(head.status))
        writer.append(" ")
        writer.append(slice(head.reason))
        writer.append("\r\n")
        copyFields(head, into: &writer)
        if head.framing == .chunked, !isOldClient { writer.append("Transfer-Encoding: chunked\r\n") }
        if head.status >= 200 {
            if !head.facts.contains(.hasDate) {
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
        if !via.isEmpty {
            writer.append("Via: ")
            writer.append(via)
            writer.append("\r\n")
        }
        writer.append("\r\n")
    }

    /// Copies the fields that go on, as many at a time as stand together.
    private func copyFields(_ head: ResponseHead, into writer: inout HeadWriter) {
        // Neither has a body, so neither may say how long it is (RFC 9110 section 8.6).
        let hidesLength = head.status < 200 || head.status == 204
        var (start, end) = (0, 0)
        for index in 0..<head.fieldCount {
            let field = fields[index]
            if field.isDropped || (hidesLength && field.name == .contentLength) {
                if end > start { writer.append(bytes.baseAddress! + start, end - start) }
                (start, end) = (0, 0)
                continue
            }
            if end == 0 { start = Int(field.nameStart) }
            end = index + 1 < head.fieldCount ? Int(fields[index + 1].nameStart) : head.byteCount - 2
        }
        if end > start { writer.append(bytes.baseAddress! + start, end - start) }
    }

    private func slice(_ range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.start)..<Int(range.start) + Int(range.count)])
    }
}
