// What is written where.

/// The options of the group LOG in SURFACE.md.
public struct LogOptions: Equatable, Sendable {
    public var level: Level = .info
    public var errorTarget: Target = .standard
    public var accessTarget: Target = .off
    public var accessFormat: AccessFormat = .tcp

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
        /// HAProxy's tcplog fields.
        case tcp
    }
}
