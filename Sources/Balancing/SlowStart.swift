// How much of its weight a server gets after it has come up. Knows no clock and no server.

/// A cold server (empty caches, code not yet compiled, pools not yet open) is led up to its weight: its
/// share grows evenly over a time, from one hundredth, so that it gets some traffic from the start.
public enum SlowStart {
    /// The share at full weight.
    public static let percentMax: UInt32 = 100

    /// The share of its weight, 1 to 100, of a server that came up so long ago.
    ///
    /// - Parameters:
    ///   - upMilliseconds: since it came up.
    ///   - durationMilliseconds: until it has its full weight; 0: at once.
    public static func percent(upMilliseconds: UInt64, durationMilliseconds: UInt64) -> UInt32 {
        guard upMilliseconds < durationMilliseconds else { return percentMax }
        let (product, isTooLarge) = upMilliseconds.multipliedReportingOverflow(by: UInt64(percentMax))
        // Beyond that bound durations last longer than any process.
        let percent = isTooLarge ? upMilliseconds / (durationMilliseconds / UInt64(percentMax)) : product / durationMilliseconds
        return min(max(UInt32(percent), 1), percentMax)
    }
}
