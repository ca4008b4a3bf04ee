// What one look at a tunnel's bytes has found: what goes on, and what its owner should know.

/// The bytes that go on are those that were held and are released, then the first `passed` of those that were read.
public struct Reading: Equatable, BitwiseCopyable, Sendable {
    public enum Event: Equatable, BitwiseCopyable, Sendable {
        case none
        /// Its head was seen, and it passes.
        case ping
        /// With its payload, unmasked, as a number whose highest byte came first: held, until `passControl` or
        /// `dropControl` says what becomes of it. `nil` for one of another length than eight bytes: it passes.
        case pong(payload: UInt64?)
        /// 1005 where it bears no code (RFC 6455 section 7.4.1). Held, as a pong is.
        case close(code: UInt16)
        /// Nothing from its frame on passes, now or later.
        case malformed(FrameFault)
    }

    /// Held bytes go first: `takeReleased` gives them, and has to before the next look.
    public var releases: Bool
    /// So many of the bytes go on, from their beginning.
    public var passed: Int
    /// So many were looked at: those behind `passed` are held, or never go on. Where it is less than all, the
    /// rest is to be read once more.
    public var consumed: Int
    public var event: Event

    init(releases: Bool, passed: Int, consumed: Int, event: Event = .none) {
        self.releases = releases
        self.passed = passed
        self.consumed = consumed
        self.event = event
    }
}
