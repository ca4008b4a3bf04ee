// What a head says besides its framing, gathered while its fields are read.

public struct HeadFacts: OptionSet, BitwiseCopyable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The connection may serve another message after this one, by version, Connection and framing
    /// (RFC 9112 section 9.3).
    public static let persistent = HeadFacts(rawValue: 1 << 0)
    /// `Expect: 100-continue` from a client of HTTP/1.1; one of 1.0 cannot mean it (RFC 9110 section 10.1.1).
    public static let expectsContinue = HeadFacts(rawValue: 1 << 1)
    /// There is an Upgrade field, whatever it names.
    public static let hasUpgrade = HeadFacts(rawValue: 1 << 2)
    /// Upgrade lists `websocket`, Connection lists `upgrade`, and the version is 1.1 (RFC 6455 section 4.2.1).
    public static let upgradesToWebSocket = HeadFacts(rawValue: 1 << 3)
    public static let hasDate = HeadFacts(rawValue: 1 << 4)
    /// TE lists `trailers` (RFC 9110 section 10.1.4).
    public static let acceptsTrailers = HeadFacts(rawValue: 1 << 5)
    /// Connection lists `close`.
    public static let saysClose = HeadFacts(rawValue: 1 << 6)
    /// Connection lists `keep-alive`.
    public static let saysKeepAlive = HeadFacts(rawValue: 1 << 7)
    /// Connection lists `upgrade`.
    public static let namesUpgrade = HeadFacts(rawValue: 1 << 8)
}
