// How often something may happen.

/// So many times in a period, spread over it as they come.
public struct Rate: Equatable, Sendable {
    /// 1 to 1,000,000.
    public var count: Int
    /// 1 ms to 24 hours.
    public var periodMilliseconds: UInt64

    public init(count: Int, periodMilliseconds: UInt64) {
        self.count = count
        self.periodMilliseconds = periodMilliseconds
    }
}
