// What an engine is made with. Both real engines take the same, so that they are compared alike.

/// Sizes and habits of a shard's engine.
struct EngineOptions: Sendable {
    var ringEntries = 1024
    var completionEntries = 8192
    var bufferCount = 256
    var bufferBytes = 4096
    /// Spill chunks of 16 KiB at most.
    var spillCount = 8192
    /// Small chunks of 1 KiB at most: a request holds up to four.
    var smallCount = 32_768
    var spinNanoseconds: UInt64 = 50_000
    /// Descriptors lie below this number.
    var descriptorLimit = 1 << 20
    var features: KernelFeatures = []
    var seed: UInt64 = 1
}

/// Rare events inside an engine, read by the shard once a turn.
struct EngineCounts: BitwiseCopyable {
    var submissionQueueFull: UInt64 = 0
    var completionQueueOverflow: UInt64 = 0
    var systemCalls: UInt64 = 0
}
