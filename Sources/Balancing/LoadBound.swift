// Bounded loads: how much of all traffic one server may have, whatever the keys say.

/// A server may hold so many connections as `factor` per cent of its fair share of all, the one to come
/// included, rounded up. A key whose server has that many goes on to the next server of its own order.
///
/// - SeeAlso: Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2016.
struct LoadBound: BitwiseCopyable {
    /// `factor` times all connections.
    private let scaledTotal: UInt64
    /// 100 times the weight of all servers.
    private let scaledWeights: UInt64

    static var none: LoadBound { LoadBound(scaledTotal: 0, scaledWeights: 0) }

    private init(scaledTotal: UInt64, scaledWeights: UInt64) {
        self.scaledTotal = scaledTotal
        self.scaledWeights = scaledWeights
    }

    /// - Parameters:
    ///   - percent: at least 100, so that the servers' bounds together hold all connections.
    ///   - total: connections of all servers, the one to come included.
    init(percent: Int, total: UInt32, weightTotal: UInt64) {
        scaledTotal = UInt64(percent) * UInt64(total)
        scaledWeights = 100 * weightTotal
    }

    /// Whether a server of this weight may have one connection more: by products, since for whole numbers
    /// being below the share is being below the share rounded up.
    func allows(current: UInt32, weight: UInt16) -> Bool {
        scaledTotal == 0 || UInt64(current) &* scaledWeights < scaledTotal &* UInt64(weight)
    }

    /// The server's bound in connections, within its own limit (0: none, in both).
    func limit(weight: UInt16, limit: UInt32) -> UInt32 {
        guard scaledTotal > 0 else { return limit }
        let bound = UInt32(clamping: (scaledTotal &* UInt64(weight) &+ scaledWeights &- 1) / scaledWeights)
        return limit == 0 ? bound : min(bound, limit)
    }
}
