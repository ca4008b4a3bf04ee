// What the options of one backend mean for one another: which of them has a use beside the others.
// Knows a backend as it was said. Knows nothing of frontends and their modes.

/// Judges stickiness, tunnels and redirects of a backend.
struct BackendRules {
    private(set) var warnings: [Diagnostic] = []

    private let draft: Draft.BackendDraft
    private let quoted: String

    init(_ draft: Draft.BackendDraft) {
        self.draft = draft
        quoted = Quoted.text(draft.backend.name)
        warnOfStickiness()
        warnOfTunnels()
        warnOfRebalancing()
    }

    private mutating func warnOfStickiness() {
        let backend = draft.backend
        switch backend.sticky {
        case .off:
            if backend.stickyMilliseconds != nil { warn("sticky-ttl", ofNothing, remedy: add) }
            if backend.stickySecretFile != nil { warn("sticky-secret", ofNothing, remedy: add) }
        case .source:
            if backend.stickySecretFile != nil {
                let problem = "has no effect: in backend \(quoted) clients keep their server by their address"
                warn("sticky-secret", problem, remedy: "leave it out, or write --sticky cookie:NAME")
            }
        case .cookie:
            if backend.stickySecretFile == nil {
                let problem = "the cookies of backend \(quoted) are worth nothing after a restart, and on no other host"
                warn("sticky", problem, remedy: "add --sticky-secret FILE")
            }
        }
    }

    private var ofNothing: String { "has no effect: in backend \(quoted) no client keeps its server" }
    private var add: String { "add --sticky cookie:NAME or --sticky source, or leave it out" }

    /// What needs the heads of frames.
    private mutating func warnOfTunnels() {
        let (own, defaults) = (draft.backend.websocket, WebSocketOptions())
        if own.mode == .opaque {
            for (long, isSet) in [
                ("ws-ping-interval", own.pingIntervalMilliseconds != defaults.pingIntervalMilliseconds),
                ("ws-ping-timeout", own.pingTimeoutMilliseconds != defaults.pingTimeoutMilliseconds),
                ("ws-max-frame", own.frameBytesMax != defaults.frameBytesMax),
                ("ws-drain-code", own.drainCode != defaults.drainCode), ("ws-rebalance", own.rebalance != nil),
            ] where isSet && draft.places[long] != nil {
                let problem = "has no effect with --ws-mode opaque, which backend \(quoted) has"
                warn(long, problem, remedy: "leave it out, or write --ws-mode frame")
            }
        } else if own.pingIntervalMilliseconds == 0, own.pingTimeoutMilliseconds != defaults.pingTimeoutMilliseconds {
            let problem = "has no effect: backend \(quoted) sends no pings"
            warn("ws-ping-timeout", problem, remedy: "add --ws-ping-interval T, or leave it out")
        }
    }

    /// Who is sent away comes back to where it was, or to where clients are gathered by design.
    private mutating func warnOfRebalancing() {
        let backend = draft.backend
        guard backend.websocket.rebalance != nil, backend.websocket.mode == .frame, draft.places["ws-rebalance"] != nil else {
            return
        }
        let problem: String
        if backend.sticky != .off {
            problem = "has no effect: in backend \(quoted) clients keep their server"
        } else if backend.balance.isHash {
            problem = "has no effect: in backend \(quoted) a hash gives each client its server"
        } else if backend.balance.policy == .first {
            problem = "has no effect: backend \(quoted) fills one server before the next"
        } else {
            return
        }
        warn("ws-rebalance", problem, remedy: "leave it out, or write --balance leastconn and no --sticky")
    }

    private mutating func warn(_ long: String, _ problem: String, remedy: String) {
        warnings.append(Diagnostic(place: draft.places[long] ?? "--\(long)", problem: problem, remedy: remedy))
    }
}
