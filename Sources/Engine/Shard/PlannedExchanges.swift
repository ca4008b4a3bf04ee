// What http mode needs to know of a backend, as shards use it.

internal import Balancing
internal import Config

/// How a backend's servers are spoken to in http mode.
struct PlannedExchanges: BitwiseCopyable {
    var reuse: Backend.Reuse
    /// `nil`: learned from the server.
    var reuseIdleMilliseconds: UInt32?
    /// Idle connections of one server on one shard.
    var reuseMax: Int
    var serverTimeoutMilliseconds: UInt64
    var retryOn: RetryConditions
    var retryBudget: RetryBudget
    var requestBufferBytes: Int
    var responseBufferBytes: Int
    var key: PlannedKey
    var observesLatency: Bool

    init(_ backend: Backend, shardCount: Int) {
        reuse = backend.reuse
        reuseIdleMilliseconds = backend.reuseIdleMilliseconds.map { UInt32(clamping: $0) }
        reuseMax = max(1, backend.reuseMax / max(1, shardCount))
        serverTimeoutMilliseconds = backend.serverTimeoutMilliseconds
        retryOn = backend.retryOn
        retryBudget = RetryBudget(percent: backend.retryBudgetPercent, shardCount: shardCount)
        requestBufferBytes = backend.requestBufferBytes
        responseBufferBytes = backend.responseBufferBytes
        key = PlannedKey(backend.balance)
        observesLatency = backend.balance.policy == .ewma
    }

    func destroy() {
        retryBudget.destroy()
        key.destroy()
    }
}
