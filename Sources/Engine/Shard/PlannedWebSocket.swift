// How WebSockets of a backend are looked after, as shards use it.

internal import Config

/// One backend's, for all shards.
struct PlannedWebSocket: BitwiseCopyable {
    /// Heads of frames are read; else bytes are passed on as they are.
    let readsFrames: Bool
    /// 0: no pings of our own.
    let pingIntervalMilliseconds: UInt64
    let pingTimeoutMilliseconds: UInt64
    /// 0: no bound.
    let frameBytesMax: UInt64
    let drainCode: UInt16
    /// The share of a server's tunnels that may be closed in a period, in hundredths; 0: none.
    let rebalancePercent: Int
    let rebalanceMilliseconds: UInt64

    /// `nil`: every new one goes on at once.
    let pace: PacedAdmission?

    init(_ backend: Backend) {
        let options = backend.websocket
        readsFrames = options.mode == .frame
        pingIntervalMilliseconds = options.pingIntervalMilliseconds
        pingTimeoutMilliseconds = options.pingTimeoutMilliseconds
        frameBytesMax = options.frameBytesMax
        drainCode = options.drainCode
        rebalancePercent = options.rebalance?.percent ?? 0
        rebalanceMilliseconds = options.rebalance?.periodMilliseconds ?? 0
        pace = options.connectRate.map { PacedAdmission($0) }
    }

    func destroy() { pace?.destroy() }
}
