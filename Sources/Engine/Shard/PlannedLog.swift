// What the access log takes of http mode.

internal import Codecs
internal import Config

/// Which requests are logged, and how.
struct PlannedLog: BitwiseCopyable {
    var format: HTTPLogFormat
    /// Of 2^32 requests so many are logged.
    private var sampleThreshold: UInt64
    var minStatus: Int

    init(_ options: LogOptions) {
        minStatus = options.accessMinStatus
        sampleThreshold = UInt64(options.accessSampleRate * 4_294_967_296)
        switch options.accessFormat(in: .http) {
        case .combined, .tcp: format = .combined
        case .vcombined: format = .vcombined
        case .common: format = .common
        case .json: format = .json
        case .haproxy: format = .haproxy
        }
    }

    var takesAll: Bool { sampleThreshold >= 1 << 32 }

    /// Whether a request with this draw and status is logged. Status 0 is a failure: the client left without an answer.
    func takes(draw: UInt64, status: Int) -> Bool {
        draw & 0xffff_ffff < sampleThreshold && (status >= minStatus || status == 0)
    }
}
