// The part of a scenario's configuration that only WebSockets heed.

import Config

/// Milliseconds and bytes; 0: off.
struct WebSocketSettings {
    var isOpaque = false
    var pingInterval: UInt64 = 0
    var pingTimeout: UInt64 = 20_000
    var frameBytesMax = 0
    var drainCode: UInt16 = 1_012
    var drainSpread: UInt64 = 1_000
    var rebalance: WebSocketOptions.Rebalance?

    func apply(to backend: inout Backend) {
        backend.websocket.mode = isOpaque ? .opaque : .frame
        backend.websocket.pingIntervalMilliseconds = pingInterval
        backend.websocket.pingTimeoutMilliseconds = pingTimeout
        backend.websocket.frameBytesMax = UInt64(frameBytesMax)
        backend.websocket.drainCode = drainCode
        backend.websocket.rebalance = rebalance
    }
}
