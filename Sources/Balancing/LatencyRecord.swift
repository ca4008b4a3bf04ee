// What is remembered of how long a server takes: a peak that fades. Knows no clock and no server.

/// The moving average of a server's latency and when it was last measured, in one word, so that shards
/// share it without a lock.
///
/// A latency above the average becomes the average at once; one below pulls it down, the more the longer
/// the last one is ago. So a server that turns slow is known with its first slow answer, and trusted again
/// step by step. While nothing is measured the average fades as well, so that a slow server is asked again:
/// after 3.3 half-lives where it was ten times as slow as the others.
///
/// - SeeAlso: Twitter Finagle, `PeakEwma`.
struct LatencyRecord: BitwiseCopyable, Equatable {
    /// Ticks of 2^20 ns, about 1 ms: 26 days until an old record counts as a new one.
    static let tickShift: UInt64 = 20
    /// Five seconds. Less, and a slow server is asked so often that it shows in the 99th percentile (one of
    /// three, ten times slower: 0.5 to 0.9 % of the requests, by simulation); more, and one peak is held
    /// against a server for long.
    static let halfLifeTicks: Float = 4_768
    /// A server with requests out is not taken for faster than an eighth of its record, however old that is:
    /// one that nobody has asked for long is tried gently.
    static let fadedMin: Float = 0.125
    /// A failure counts as a latency of one second, or twice the record up to 16 seconds.
    static let failureNanosecondsMin: Float = 1e9
    static let failureNanosecondsMax: Float = 16e9
    /// More than any record: what a server counts as that has requests out and has never answered.
    static let unknownNanoseconds: Float = 1e15
    /// 1,000 seconds.
    private static let latencyNanosecondsMax: UInt64 = 1_000_000_000_000

    /// The average's bits, then the tick. 0: never measured.
    let bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    private init(nanoseconds: Float, tick: UInt32) { bits = UInt64(nanoseconds.bitPattern) << 32 | UInt64(tick) }

    static var unmeasured: LatencyRecord { LatencyRecord(bits: 0) }

    static func tick(at now: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: now >> tickShift) }

    var isMeasured: Bool { bits != 0 }
    /// As it was when it was measured.
    var nanoseconds: Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32)) }

    /// The record after one more answer. Of those within a tick only a peak changes it, so that shards with
    /// many answers seldom write.
    func observed(latencyNanoseconds: UInt64, tick: UInt32) -> LatencyRecord {
        let latency = Float(min(max(latencyNanoseconds, 1), Self.latencyNanosecondsMax))
        guard isMeasured, latency < nanoseconds else { return LatencyRecord(nanoseconds: latency, tick: later(tick)) }
        let age = age(at: tick)
        guard age > 0 else { return self }
        return LatencyRecord(nanoseconds: latency + (nanoseconds - latency) * Self.faded(age), tick: tick)
    }

    /// The record after a failure.
    func failed(tick: UInt32) -> LatencyRecord {
        let penalty = min(max(2 * nanoseconds, Self.failureNanosecondsMin), Self.failureNanosecondsMax)
        return LatencyRecord(nanoseconds: max(nanoseconds, penalty), tick: later(tick))
    }

    /// What an answer is expected to take, with so many requests out already.
    func expectedNanoseconds(tick: UInt32, inFlight: UInt32) -> Float {
        guard isMeasured else { return inFlight == 0 ? 0 : Self.unknownNanoseconds }
        let faded = Self.faded(age(at: tick))
        return nanoseconds * (inFlight == 0 ? faded : max(faded, Self.fadedMin))
    }

    /// Ticks since it was measured; none where another shard's clock is a little ahead.
    private func age(at tick: UInt32) -> UInt32 {
        let age = tick &- UInt32(truncatingIfNeeded: bits)
        return age >> 31 == 0 ? age : 0
    }

    private func later(_ tick: UInt32) -> UInt32 {
        isMeasured && age(at: tick) == 0 ? UInt32(truncatingIfNeeded: bits) : tick
    }

    /// 2 to the power of minus the half-lives, and 2^-30 after 30 of them: a cubic through both ends and the
    /// middle of each half-life, right to 0.1 %.
    static func faded(_ ageTicks: UInt32) -> Float {
        let halfLives = min(Float(ageTicks) * (1 / halfLifeTicks), 30)
        let whole = UInt32(halfLives)
        let rest = halfLives - Float(whole)
        let fraction = 1 - rest * (0.693_147_2 - rest * (0.236_296 - rest * 0.043_148_8))
        return fraction * Float(bitPattern: (127 - whole) << 23)
    }
}
