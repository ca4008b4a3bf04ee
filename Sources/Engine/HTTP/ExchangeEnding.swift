// How an exchange ended: what the client is told, and what the log says.

internal import Codecs

/// The end of one exchange. Each that is no plain end has a status for the client, where it has got none yet.
enum ExchangeEnding: UInt8, CaseIterable {
    case finished
    /// The request is against the rules: which one stands beside it.
    case refused
    case bodyTooLarge
    case headTimeout, bodyTimeout, bodyTooSlow
    /// The client was reset, or finished in the middle of its request.
    case clientReset, clientLeft
    /// The client took nothing of its answer for too long.
    case clientStalled
    case connectFailed, connectTimeout
    case queueFull, queueTimeout
    /// The server ended or was reset before the first byte of its answer.
    case serverClosed
    case responseMalformed
    case serverTimeout
    /// The server ended, was reset or fell silent in the middle of its answer: the client's was cut.
    case responseTruncated
    /// No descriptor, no memory.
    case resourcesShort
    case stopped

    /// 0: there is nobody to tell, or the answer has begun.
    var status: Int {
        switch self {
        case .finished, .clientReset, .clientStalled, .responseTruncated, .stopped: 0
        case .refused, .clientLeft: 400
        case .bodyTooLarge: 413
        case .headTimeout, .bodyTimeout, .bodyTooSlow: 408
        case .connectFailed, .connectTimeout, .queueFull, .queueTimeout, .resourcesShort: 503
        case .serverClosed, .responseMalformed: 502
        case .serverTimeout: 504
        }
    }

    /// One line for people.
    var reason: StaticString {
        switch self {
        case .finished: ""
        case .refused: "the request is malformed"
        case .bodyTooLarge: "the body is larger than is taken here"
        case .headTimeout: "the request's head took too long"
        case .bodyTimeout: "the request's body took too long"
        case .bodyTooSlow: "the request's body came too slowly"
        case .clientReset: "the client was reset"
        case .clientLeft: "the request ended before its body did"
        case .clientStalled: "the client took nothing of its answer"
        case .connectFailed: "no server could be reached"
        case .connectTimeout: "no server answered the connection in time"
        case .queueFull: "every server is busy, and too many requests wait already"
        case .queueTimeout: "every server was busy for too long"
        case .serverClosed: "the server closed the connection without an answer"
        case .responseMalformed: "the server's answer is malformed"
        case .serverTimeout: "the server did not answer in time"
        case .responseTruncated: "the server's answer was cut"
        case .resourcesShort: "the balancer is out of resources"
        case .stopped: "the balancer was stopped"
        }
    }

    /// The reason's name, for logs and counters.
    var name: StaticString {
        switch self {
        case .finished: ""
        case .refused: "refused"
        case .bodyTooLarge: "body-too-large"
        case .headTimeout: "head-timeout"
        case .bodyTimeout: "body-timeout"
        case .bodyTooSlow: "body-too-slow"
        case .clientReset: "client-reset"
        case .clientLeft: "client-left"
        case .clientStalled: "client-stalled"
        case .connectFailed: "connect-failed"
        case .connectTimeout: "connect-timeout"
        case .queueFull: "queue-full"
        case .queueTimeout: "queue-timeout"
        case .serverClosed: "server-closed"
        case .responseMalformed: "response-malformed"
        case .serverTimeout: "server-timeout"
        case .responseTruncated: "response-truncated"
        case .resourcesShort: "resources-short"
        case .stopped: "stopped"
        }
    }
}
