// How WebSocket tunnels of a backend are looked after.

/// The options of the group WEBSOCKET in SURFACE.md.
public struct WebSocketOptions: Equatable, Sendable {
    public var mode: Mode = .frame
    /// After how much silence a side is asked whether it is there; 0: never.
    public var pingIntervalMilliseconds: UInt64 = 0
    /// How long its answer may take.
    public var pingTimeoutMilliseconds: UInt64 = 20_000
    /// Longest frame, of its payload; 0: any.
    public var frameBytesMax: UInt64 = 0
    /// What clients are told when their tunnel is drained: 1012, or 1001 (RFC 6455 section 7.4).
    public var drainCode: UInt16 = 1_012
    /// `nil`: tunnels stay where they are.
    public var rebalance: Rebalance?
    /// New tunnels that are let through; `nil`: all.
    public var connectRate: Rate?

    public init() {}

    public enum Mode: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        /// The heads of frames are read.
        case frame
        /// Bytes are passed on unread.
        case opaque
    }

    /// The share of an overloaded server's oldest tunnels that is closed, evenly over a time.
    public struct Rebalance: Equatable, Sendable {
        /// 1 to 100.
        public var percent: Int
        /// 1 s to 24 hours: each time all tunnels are looked at.
        public var periodMilliseconds: UInt64

        public init(percent: Int, periodMilliseconds: UInt64) {
            self.percent = percent
            self.periodMilliseconds = periodMilliseconds
        }
    }
}
