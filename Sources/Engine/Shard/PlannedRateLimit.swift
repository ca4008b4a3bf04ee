// A limit on how often requests may come, as shards use it.

internal import Balancing
internal import Codecs
internal import Config

/// What requests have in common, and their rates.
struct PlannedRateLimit: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable { case address, host, header }

    let kind: Kind
    /// Of the field.
    let name: PlannedName
    private let limits: RateLimits

    init(_ limit: RateLimit, seed: UInt64) {
        switch limit.key {
        case .address: (kind, name) = (.address, PlannedName(""))
        case .host: (kind, name) = (.host, PlannedName(""))
        case .header(let field): (kind, name) = (.header, PlannedName(field))
        }
        limits = RateLimits(limit.rate, burst: limit.burst, seed: seed)
    }

    func destroy() {
        name.destroy()
        limits.destroy()
    }

    /// 0: the request is admitted; else the nanoseconds until one would be.
    func admit(_ key: UInt64, at now: UInt64) -> UInt64 { limits.admit(key: key, at: now) }

    /// This hash has no secret: whoever likes can choose values that meet, which then share one rate.
    static func key(of value: UnsafeRawBufferPointer) -> UInt64 { StableHash.hash(value.bytes) }

    /// Hosts are the same in any case of letters, and with a dot at the end.
    ///
    /// - Parameter memory: where the name is written small; of a longer one its beginning counts.
    static func key(ofHost host: UnsafeRawBufferPointer, using memory: UnsafeMutableRawBufferPointer) -> UInt64 {
        var count = min(host.count, memory.count)
        if count > 0, host[count &- 1] == UInt8(ascii: ".") { count &-= 1 }
        for index in 0..<count {
            memory[index] = host[index] &- UInt8(ascii: "A") < 26 ? host[index] | 0x20 : host[index]
        }
        return key(of: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
}
