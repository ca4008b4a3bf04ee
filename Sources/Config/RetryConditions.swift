// After which failures a request may go to another server.

/// What `--retry-on` says.
public struct RetryConditions: OptionSet, BitwiseCopyable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The server could not be connected to.
    public static let connect = RetryConditions(rawValue: 1 << 0)
    /// No byte of the request was written.
    public static let unsent = RetryConditions(rawValue: 1 << 1)
    /// The connection ended before the first byte of the response; idempotent methods only.
    public static let reset = RetryConditions(rawValue: 1 << 2)
    /// The response did not begin in time.
    public static let timeout = RetryConditions(rawValue: 1 << 3)
    /// The response is a 503.
    public static let status503 = RetryConditions(rawValue: 1 << 4)
}
