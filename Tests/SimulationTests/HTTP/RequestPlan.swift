// One request that a client of the simulation will send, as data.

import Codecs

struct RequestPlan {
    enum Form {
        case origin, absolute, asterisk
    }

    enum Body: Equatable {
        case none
        case length(Int)
        case chunked(Int)

        var count: Int {
            switch self {
            case .none: 0
            case .length(let count), .chunked(let count): count
            }
        }
    }

    enum Expectation: Equatable {
        case none
        /// Says that it waits for 100 Continue, and does not.
        case said
        /// Waits so many nanoseconds.
        case waits(UInt64)
    }

    var method = "GET"
    var form = Form.origin
    var minorVersion = 1
    var body = Body.none
    var chunkBytesMax = 1000
    var hasExtensions = false
    var hasTrailers = false
    var expectation = Expectation.none
    /// Says that the connection is to end with the answer, or in HTTP/1.0 that it is to go on.
    var closes = false
    var keepsAlive = false
    /// With fields that are for the balancer only.
    var hasHopFields = false
    var hasEmptyLineBefore = false
    /// Bytes of a field that says nothing.
    var paddingBytes = 0
    var flaw: Flaw?
    /// From the answer before to this request, or where requests do not wait, from the one before.
    var pauseNanoseconds: UInt64 = 0

    /// RFC 9110 9.2.2.
    var isIdempotent: Bool { method != "POST" && method != "PATCH" }
    var isHead: Bool { method == "HEAD" }
    /// Whether the connection can go on behind the answer, as far as this request says.
    var isLast: Bool { closes || (minorVersion == 0 && !keepsAlive) || flaw != nil }

    static func get(pause: UInt64 = 0) -> RequestPlan {
        var plan = RequestPlan()
        plan.pauseNanoseconds = pause
        return plan
    }

    static func post(_ body: Body) -> RequestPlan {
        var plan = RequestPlan()
        plan.method = "POST"
        plan.body = body
        return plan
    }
}

/// What makes a request one that must be refused.
enum Flaw: CaseIterable {
    case lengthAndCoding, signedLength, repeatedLength, doubledCoding, unknownCoding, codingInOldVersion
    case spaceBeforeColon, bareLineFeed, foldedLine, zeroByte, bareReturn
    case noHost, twoHosts, hostWithUser
    case laterVersion, connect, longLine, manyFields, longHead
    /// Of the body: the head may have gone on by the time that it is seen.
    case chunkSize, chunkEnd, trailer

    var isOfBody: Bool { self == .chunkSize || self == .chunkEnd || self == .trailer }

    /// What may be answered.
    var statuses: [Int] {
        switch self {
        case .unknownCoding: [400, 501]
        case .laterVersion: [400, 505]
        case .connect: [400, 405]
        case .longLine: [414]
        case .manyFields, .longHead: [431]
        default: [400]
        }
    }
}
