// The part of a scenario's configuration that only HTTP heeds.

import Config

/// What the configuration says beyond that of a relay. Milliseconds and bytes.
struct HTTPSettings {
    var headTimeout: UInt64 = 10_000
    var bodyIdleTimeout: UInt64 = 30_000
    var clientTimeout: UInt64 = 60_000
    var keepAliveTimeout: UInt64 = 75_000
    var serverTimeout: UInt64 = 60_000
    var reuse = Backend.Reuse.safe
    var reuseMax = 64
    var requestBufferBytes = 0
    var responseBufferBytes = 0

    var longestTimeout: UInt64 { [headTimeout, bodyIdleTimeout, clientTimeout, keepAliveTimeout, serverTimeout].max()! }

    var shortestTimeout: UInt64 { [headTimeout, bodyIdleTimeout, clientTimeout, keepAliveTimeout, serverTimeout].min()! }

    func apply(to frontend: inout Frontend) {
        frontend.headTimeoutMilliseconds = headTimeout
        frontend.bodyIdleTimeoutMilliseconds = bodyIdleTimeout
        frontend.clientTimeoutMilliseconds = clientTimeout
        frontend.keepAliveTimeoutMilliseconds = keepAliveTimeout
    }

    func apply(to backend: inout Backend) {
        backend.serverTimeoutMilliseconds = serverTimeout
        backend.reuse = reuse
        backend.reuseMax = reuseMax
        backend.requestBufferBytes = requestBufferBytes
        backend.responseBufferBytes = responseBufferBytes
    }
}
