// How an exchange ended: what the client is told, and what the log says.

internal import Codecs

/// The end of one exchange. Each that is no plain end has a status for the client, where it has got none yet.
enum ExchangeEnding: UInt8, CaseIterable {
    case finished
    /// Answered by ourselves, as a route or a server's setting says; the status stands beside it.
    case redirected, returned
    /// A route says that nobody gets this.
    case denied
    /// No route is for it, and there is no backend for the rest.
    case unrouted
    /// It came too soon after others of its kind.
    case rateLimited
    /// The request is against the rules: which one stands beside it.
    case refused
    case bodyTooLarge
    case headTimeout, bodyTimeout, bodyTooSlow
    /// The client was reset, or finished in the middle of its request, or of a WebSocket without a close.
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
    /// A WebSocket's handshake that is none, or of another version (RFC 6455 section 4.4).
    case handshakeMalformed, handshakeVersion
    /// More new tunnels at once than are let through.
    case tunnelsPaced
    /// Of a WebSocket: the server finished or was reset before anybody had sent a close.
    case serverLeft
    /// Of a tunnel: neither side said anything, or one did not answer a ping or a close.
    case tunnelTimeout, clientSilent, serverSilent
    /// Of a tunnel: a frame against the rules.
    case clientFault, serverFault
    /// No descriptor, no memory.
    case resourcesShort
    case stopped

    /// 0: there is nobody to tell, or the answer has begun, or the status stands in the exchange.
    var status: Int {
        switch self {
        case .finished, .clientReset, .clientStalled, .responseTruncated, .stopped, .redirected, .returned: 0
        case .denied: 403
        case .unrouted: 404
        case .rateLimited: 429
        case .tunnelTimeout, .clientSilent, .serverSilent, .clientFault, .serverFault, .serverLeft: 0
        case .handshakeMalformed: 400
        case .handshakeVersion: 426
        case .tunnelsPaced: 503
        case .refused, .clientLeft: 400
        case .bodyTooLarge: 413
        case .headTimeout, .bodyTimeout, .bodyTooSlow: 408
        case .connectFailed, .connectTimeout, .queueFull, .queueTimeout, .resourcesShort: 503
        case .serverClosed, .responseMalformed: 502
        case .serverTimeout: 504
        }
    }

    /// Of what is answered by ourselves: whether it is so because no server answered, or none well.
    var blamesServers: Bool {
        switch self {
        case .connectFailed, .connectTimeout, .queueFull, .queueTimeout, .serverClosed, .responseMalformed, .serverTimeout: true
        case .finished, .redirected, .returned, .denied, .unrouted, .rateLimited, .refused, .bodyTooLarge, .headTimeout,
            .bodyTimeout, .bodyTooSlow, .clientReset, .clientLeft, .clientStalled, .responseTruncated, .handshakeMalformed,
            .handshakeVersion, .tunnelsPaced, .tunnelTimeout, .clientSilent, .serverSilent, .clientFault, .serverFault,
            .serverLeft, .resourcesShort, .stopped:
            false
        }
    }

    /// One line for people.
    var reason: StaticString {
        switch self {
        case .finished, .returned: ""
        case .redirected: "the resource is elsewhere"
        case .denied: "access is denied"
        case .unrouted: "there is nothing here"
        case .rateLimited: "too many requests, try again later"
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
        case .handshakeMalformed: "the WebSocket handshake is malformed"
        case .handshakeVersion: "only version 13 of WebSocket is spoken here"
        case .tunnelsPaced: "too many new WebSockets at once"
        case .serverLeft: "the server ended without a close"
        case .tunnelTimeout: "neither side said anything"
        case .clientSilent: "the client did not answer a ping or a close"
        case .serverSilent: "the server did not answer a ping or a close"
        case .clientFault: "the client sent a frame against the rules"
        case .serverFault: "the server sent a frame against the rules"
        case .resourcesShort: "the balancer is out of resources"
        case .stopped: "the balancer was stopped"
        }
    }

    /// The reason's name, for logs and counters.
    var name: StaticString {
        switch self {
        case .finished: ""
        case .redirected: "redirected"
        case .returned: "returned"
        case .denied: "denied"
        case .unrouted: "unrouted"
        case .rateLimited: "rate-limited"
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
        case .handshakeMalformed: "handshake-malformed"
        case .handshakeVersion: "handshake-version"
        case .tunnelsPaced: "tunnels-paced"
        case .serverLeft: "server-left"
        case .tunnelTimeout: "tunnel-timeout"
        case .clientSilent: "client-silent"
        case .serverSilent: "server-silent"
        case .clientFault: "client-fault"
        case .serverFault: "server-fault"
        case .resourcesShort: "resources-short"
        case .stopped: "stopped"
        }
    }
}

extension ExchangeEnding {
    /// How a tunnel ended, for the line of the exchange that it began as.
    init(_ ending: Relay.Ending, _ tunnel: Tunnel) {
        let left: ExchangeEnding? =
            !tunnel.facts.contains(.left) ? nil : tunnel.initiator == .client ? .clientLeft : .serverLeft
        self =
            switch ending {
            case .finished: left ?? .finished
            case .clientReset, .clientLeft: left ?? .clientReset
            case .serverReset: left ?? .responseTruncated
            case .idleTimeout: .tunnelTimeout
            case .clientSilent: .clientSilent
            case .serverSilent: .serverSilent
            case .clientFault: .clientFault
            case .serverFault: .serverFault
            case .stopped: .stopped
            case .resourcesShort, .connectFailed, .connectTimeout, .queueTimeout, .queueFull, .refused, .prefaceTimeout:
                .resourcesShort
            }
    }
}
