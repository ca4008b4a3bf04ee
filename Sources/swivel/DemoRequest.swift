// What a demo server understands of a request.

internal import Codecs

struct DemoRequest {
    enum Outcome {
        case complete(DemoRequest, byteCount: Int)
        case partial
        case rejected(Rejection)
    }

    let method: Method
    /// Without its query.
    let path: String
    /// The value of `server` in the query.
    let server: String?
    /// Asked by a browser, not by curl or a script.
    let wantsPage: Bool
    /// Asks for a WebSocket, in the right way.
    let webSocketKey: WebSocketKey?
    /// Nothing is read behind it. A body is not either: no path takes one.
    let isLast: Bool

    /// More than the balancer takes from its own clients, as it adds fields.
    private static let limits = HeadLimits(
        requestLineBytesMax: 16_384, fieldsMax: 128, fieldBytesMax: 16_384, headBytesMax: 65_536)

    /// Reads the request at the beginning of `bytes`.
    static func parse(_ bytes: [UInt8]) -> Outcome {
        var head = RequestHead()
        let fields = UnsafeMutableBufferPointer<HeadField>.allocate(capacity: limits.fieldsMax)
        defer { fields.deallocate() }
        let outcome = bytes.withUnsafeBytes { RequestHead.parse($0, limits: limits, into: &head, fields: fields.baseAddress!) }
        switch outcome {
        case .partial: return .partial
        case .rejected(let rejection): return .rejected(rejection)
        case .complete: return .complete(DemoRequest(head, bytes, fields[..<head.fieldCount]), byteCount: head.byteCount)
        }
    }

    private init(_ head: RequestHead, _ bytes: [UInt8], _ fields: Slice<UnsafeMutableBufferPointer<HeadField>>) {
        func text(_ range: ByteRange) -> String { String(decoding: bytes[range.indices], as: UTF8.self) }
        method = head.method
        path = text(head.path)
        server = text(head.query).split(separator: "&").first { $0.hasPrefix("server=") }.map { String($0.dropFirst(7)) }
        wantsPage = fields.contains { field in
            text(field.nameRange).lowercased() == "accept" && text(field.valueRange).lowercased().contains("text/html")
        }
        webSocketKey = Self.webSocketKey(head, bytes, UnsafeBufferPointer(rebasing: fields))
        isLast = !head.facts.contains(.persistent) || (head.framing != .none && head.framing != .length(0))
    }

    /// RFC 6455 section 4.2.1.
    private static func webSocketKey(
        _ head: RequestHead, _ bytes: [UInt8], _ fields: UnsafeBufferPointer<HeadField>
    ) -> WebSocketKey? {
        let found = HandshakeFields(fields)
        guard head.method == .get, head.facts.contains(.upgradesToWebSocket), head.framing == .none else { return nil }
        guard found.key.count == 1, found.version.count == 1 else { return nil }
        guard bytes[found.version.value.indices].elementsEqual("13".utf8) else { return nil }
        return bytes[found.key.value.indices].withUnsafeBytes { WebSocketKey($0) }
    }
}
