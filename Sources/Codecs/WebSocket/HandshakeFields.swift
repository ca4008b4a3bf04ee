// The fields of a WebSocket's handshake, found among those of a head.
// Knows their names. Knows nothing of their values.

/// A count of more than one is a broken handshake (RFC 6455 section 11.3); the place is that of the first then. So is
/// a field that Connection names: it is for us alone then, and what goes on would have no handshake. It counts twice.
public struct HandshakeFields: Equatable, BitwiseCopyable, Sendable {
    public struct Found: Equatable, BitwiseCopyable, Sendable {
        public var count = 0
        /// An offset into the head's bytes.
        public var value = ByteRange()
    }

    public private(set) var key = Found()
    public private(set) var version = Found()
    public private(set) var accept = Found()

    /// - Parameter fields: as `RequestHead.parse` or `ResponseHead.parse` has written them.
    public init(_ fields: UnsafeBufferPointer<HeadField>) {
        for index in 0..<fields.count {
            // The caller lends all of them.
            let field = unsafe fields[index]
            switch field.name {
            case .secWebSocketKey: Self.add(field, to: &key)
            case .secWebSocketVersion: Self.add(field, to: &version)
            case .secWebSocketAccept: Self.add(field, to: &accept)
            default: break
            }
        }
    }

    private static func add(_ field: HeadField, to found: inout Found) {
        if found.count == 0 { found.value = field.valueRange }
        found.count += field.isDropped ? 2 : 1
    }
}
