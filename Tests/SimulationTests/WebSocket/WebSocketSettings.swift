// The part of a scenario's configuration that only WebSockets and other tunnels heed.

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
    /// How fast new ones are let through; `nil`: all at once.
    var pace: Rate?
    /// A route below `TunnelWish.routed` lets requests change to another protocol, `TunnelWish.routeName`.
    var hasRoute = false

    func apply(to backend: inout Backend) {
        backend.websocket.mode = isOpaque ? .opaque : .frame
        backend.websocket.pingIntervalMilliseconds = pingInterval
        backend.websocket.pingTimeoutMilliseconds = pingTimeout
        backend.websocket.frameBytesMax = UInt64(frameBytesMax)
        backend.websocket.drainCode = drainCode
        backend.websocket.rebalance = rebalance
        backend.websocket.connectRate = pace
    }

    func apply(to frontend: inout Frontend) {
        guard hasRoute else { return }
        var conditions = RouteConditions()
        conditions.paths = [.prefix(TunnelWish.routed)]
        conditions.upgrade = TunnelWish.routeName
        let text = "path=\(TunnelWish.routed)* upgrade=\(TunnelWish.routeName) -> backend=\(frontend.backend)"
        frontend.routes = [Route(text: text, conditions: conditions, target: .backend(frontend.backend))]
    }
}
