// How many clients were not let in, how many requests were not passed on, and why.

internal import Codecs
internal import Engine

enum Refusals {
    private static let reasons: [(counter: Counter, words: String)] = [
        (.deniedByList, "by a list"),
        (.deniedAddressConnections, "for connections of one address"),
        (.deniedAddressRate, "for the rate of one address"),
        (.proxyUntrusted, "as no trusted sender of PROXY headers"),
        (.proxyMalformed, "for want of a PROXY header"),
        (.proxyTimeouts, "for a late PROXY header"),
        (.refusedAtLimit, "at a limit"),
    ]

    static func total(_ plane: DataPlane) -> UInt64 { reasons.reduce(0) { $0 + plane.total($1.counter) } }

    /// One line with every rule that a request broke, or `nil` where none did.
    static func requestsText(_ plane: DataPlane) -> String? {
        let seen = Rejection.allCases.filter { plane.total($0) > 0 }
        guard !seen.isEmpty else { return nil }
        return "requests refused: " + seen.map { "\($0.name) \(plane.total($0))" }.joined(separator: ", ")
    }

    /// One line with every reason that there was, or `nil` where nobody was refused.
    static func text(_ plane: DataPlane) -> String? {
        let seen = reasons.filter { plane.total($0.counter) > 0 }
        guard !seen.isEmpty else { return nil }
        return "refused: " + seen.map { "\($0.words) \(plane.total($0.counter))" }.joined(separator: ", ")
    }
}
