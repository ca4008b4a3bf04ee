// What the access log takes of http mode.

internal import Codecs
internal import Config
internal import Glibc

/// Which requests are logged, and how.
struct PlannedLog: BitwiseCopyable {
    var format: HTTPLogFormat
    /// The operator's own format, in place of `format`.
    private(set) var template: LogTemplate?
    /// The request's fields that it asks for.
    private(set) var fieldNames: UnsafeMutableBufferPointer<PlannedName>
    /// Of 2^32 requests so many are logged.
    private var sampleThreshold: UInt64
    var minStatus: Int

    init(_ options: LogOptions) {
        minStatus = options.accessMinStatus
        sampleThreshold = UInt64(options.accessSampleRate * 4_294_967_296)
        fieldNames = .allocate(capacity: 0)
        switch options.accessFormat(in: .http) {
        case .combined, .tcp: format = .combined
        case .vcombined: format = .vcombined
        case .common: format = .common
        case .json: format = .json
        case .haproxy: format = .haproxy
        case .template:
            format = .combined
            compile(options.accessTemplate ?? "")
        }
    }

    private mutating func compile(_ text: String) {
        guard let parts = try? LogTemplateText(text, processID: getpid(), hostName: Self.hostName) else {
            preconditionFailure("validation has found no fault in the template")
        }
        template = LogTemplate(parts)
        fieldNames = .allocate(capacity: parts.fieldNames.count)
        _ = fieldNames.initialize(from: parts.fieldNames.map { PlannedName($0) })
    }

    func destroy() {
        template?.destroy()
        for name in fieldNames { name.destroy() }
        fieldNames.deallocate()
    }

    var takesAll: Bool { sampleThreshold >= 1 << 32 }

    /// Whether a request with this draw and status is logged. Status 0 is a failure: the client left without an answer.
    func takes(draw: UInt64, status: Int) -> Bool {
        draw & 0xffff_ffff < sampleThreshold && (status >= minStatus || status == 0)
    }

    private static var hostName: String {
        // Linux's longest name and its end (HOST_NAME_MAX).
        var name = [CChar](repeating: 0, count: 65)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
