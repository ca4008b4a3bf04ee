// What a frontend in http mode asks of requests and adds to them, as shards use it: numbers and bytes.

internal import Codecs
internal import Config

/// One frontend in http mode, for all shards.
struct HTTPRules: BitwiseCopyable {
    var limits: HeadLimits
    /// Of servers only the length of a whole head is bounded, and the fields by the memory for them.
    var responseLimits: HeadLimits
    static let responseFieldsMin = 1_000
    /// 0: no bound.
    var bodyBytesMax: UInt64
    var headTimeoutMilliseconds: UInt64
    var bodyIdleTimeoutMilliseconds: UInt64
    var clientTimeoutMilliseconds: UInt64
    var keepAliveTimeoutMilliseconds: UInt64
    /// Bytes a second of a request's body; 0: any.
    var minRateBytesPerSecond: Int
    var writesXForwarded: Bool
    var writesForwarded: Bool
    var writesRealIP: Bool
    /// Empty: none is added.
    var requestIDName: PlannedName
    /// The value of a Via field; empty: none is added.
    var via: PlannedName
    var trusted: NetworkList

    init(_ frontend: Frontend) {
        limits = HeadLimits(
            requestLineBytesMax: frontend.requestLineBytesMax, fieldsMax: frontend.fieldsMax,
            fieldBytesMax: frontend.fieldBytesMax, headBytesMax: frontend.headBytesMax)
        responseLimits = HeadLimits(
            requestLineBytesMax: frontend.headBytesMax, fieldsMax: max(frontend.fieldsMax, Self.responseFieldsMin),
            fieldBytesMax: frontend.headBytesMax, headBytesMax: frontend.headBytesMax)
        bodyBytesMax = frontend.bodyBytesMax
        headTimeoutMilliseconds = frontend.headTimeoutMilliseconds
        bodyIdleTimeoutMilliseconds = frontend.bodyIdleTimeoutMilliseconds
        clientTimeoutMilliseconds = frontend.clientTimeoutMilliseconds
        keepAliveTimeoutMilliseconds = frontend.keepAliveTimeoutMilliseconds
        minRateBytesPerSecond = frontend.minRateBytesPerSecond
        writesXForwarded = frontend.forwarded == .xff || frontend.forwarded == .both
        writesForwarded = frontend.forwarded == .rfc7239 || frontend.forwarded == .both
        writesRealIP = frontend.sendsRealIP
        requestIDName = PlannedName(frontend.requestIDHeader ?? "")
        via = PlannedName(frontend.via.map { "1.1 \($0)" } ?? "")
        trusted = NetworkList(frontend.trustedProxies)
    }

    func destroy() {
        requestIDName.destroy()
        via.destroy()
        trusted.destroy()
    }
}
