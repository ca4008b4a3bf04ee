// Codes of closes that we send ourselves.

/// RFC 6455 section 7.4.1, and the registry that it began.
enum CloseCode {
    static let goingAway: UInt16 = 1001
    /// What a gateway says that got no valid word from its server, as 502.
    static let badGateway: UInt16 = 1014
}
