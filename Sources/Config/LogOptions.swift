// What is written where.

/// The options of the group LOG in SURFACE.md.
public struct LogOptions: Equatable, Sendable {
    public var level: Level = .info
    public var errorTarget: Target = .standard
    public var accessTarget: Target = .off
    /// `nil`: by the mode of the frontend, as `accessFormat(in:)` says.
    public var accessFormat: AccessFormat?
    /// A line with nginx's variables, where the format is `.template`.
    public var accessTemplate: String?
    /// Of requests, the part that is logged: above 0, at most 1, which is all.
    public var accessSampleRate: Double = 1
    /// Of requests, only those with at least this status are logged; 0: all.
    public var accessMinStatus: Int = 0

    public init() {}

    public enum Level: String, Equatable, Sendable, CaseIterable, Comparable {
        case error, warn, info, debug

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .error: 0
            case .warn: 1
            case .info: 2
            case .debug: 3
            }
        }
    }

    public enum Target: Equatable, Sendable {
        case off
        /// Standard error for the error log, standard output for the access log (`-`).
        case standard
        case file(String)
    }

    public enum AccessFormat: String, Equatable, Sendable, CaseIterable {
        /// HAProxy's tcplog fields: for connections.
        case tcp
        /// For requests: Apache's formats, flat JSON, and HAProxy's httplog fields.
        case combined, vcombined, common, json, haproxy
        /// For requests: what `accessTemplate` says.
        case template
    }

    /// The format of a frontend's lines: connections have one of their own, and requests any of the others.
    public func accessFormat(in mode: Frontend.Mode) -> AccessFormat {
        guard mode == .http, let accessFormat, accessFormat != .tcp else { return mode == .http ? .combined : .tcp }
        return accessFormat
    }
}
