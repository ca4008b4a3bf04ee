// The fields that we add to heads ourselves.

/// A set of them: those that a head has already, or that are not wanted.
struct OwnFields: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    static let host = OwnFields(rawValue: 1 << 0)
    static let proto = OwnFields(rawValue: 1 << 1)
    static let forwardedHost = OwnFields(rawValue: 1 << 2)
    static let requestID = OwnFields(rawValue: 1 << 3)
    static let realIP = OwnFields(rawValue: 1 << 4)
    static let forwardedFor = OwnFields(rawValue: 1 << 5)
    static let forwarded = OwnFields(rawValue: 1 << 6)
    static let via = OwnFields(rawValue: 1 << 7)
    static let date = OwnFields(rawValue: 1 << 8)

    /// The one with this name, written small; `nil` where it is none of ours.
    ///
    /// - Parameter requestIDName: the name of the field that a request's identifier stands in, written small.
    init?(named name: String, requestIDName: String) {
        switch name {
        case requestIDName: self = .requestID
        case "host": self = .host
        case "x-forwarded-proto": self = .proto
        case "x-forwarded-host": self = .forwardedHost
        case "x-forwarded-for": self = .forwardedFor
        case "x-real-ip": self = .realIP
        case "forwarded": self = .forwarded
        case "via": self = .via
        case "date": self = .date
        default: return nil
        }
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }
}
