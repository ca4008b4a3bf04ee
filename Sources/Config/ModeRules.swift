// What http and tcp mean for the rest: which options they heed, which backends and keys they can have.
// Knows frontends with the backends they name. Knows nothing of single values.

/// Judges a whole by the modes of its frontends.
struct ModeRules {
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []

    /// Those whose mode was refused are not judged by the one they have instead.
    private let frontends: [Draft.FrontendDraft]
    private let backends: [Draft.BackendDraft]
    private let draft: Draft

    /// - Parameters:
    ///   - frontends: each with its name, and the name of its backend.
    ///   - backends: each with its servers and what its profile stands for.
    init(_ draft: Draft, frontends: [Draft.FrontendDraft], backends: [Draft.BackendDraft]) {
        self.draft = draft
        self.frontends = frontends.filter { !$0.hasRefusedMode }
        self.backends = backends
        judgeBackends()
        warnOfFrontendOptions()
        warnOfBackendOptions()
        for backend in backends where isOfTCP(backend) { warnOfRedirects(backend) }
        warnOfLogOptions()
        for backend in backends where users(of: backend).contains(where: { $0.frontend.mode == .http }) {
            warnOfCapacity(backend)
        }
        warnOfLimits()
    }

    private func users(of backend: Draft.BackendDraft) -> [Draft.FrontendDraft] {
        frontends.filter { $0.frontend.backendNames.contains(backend.backend.name) }
    }

    /// Whether nothing but connections can come to it.
    private func isOfTCP(_ backend: Draft.BackendDraft) -> Bool {
        let users = users(of: backend)
        return !users.isEmpty && users.allSatisfy { $0.frontend.mode == .tcp }
    }

    private mutating func judgeBackends() {
        for backend in backends {
            let (users, name) = (users(of: backend), Quoted.text(backend.backend.name))
            guard let first = users.first else { continue }
            if let other = users.first(where: { $0.frontend.mode != first.frontend.mode }) {
                let mode = "frontend \(Quoted.text(first.frontend.name)) speaks \(first.frontend.mode.rawValue)"
                let problem = "backend \(name) is the one of two modes: \(mode), and this one \(other.frontend.mode.rawValue)"
                diagnostics.append(
                    Diagnostic(
                        place: other.places["mode"] ?? other.listenerPlaces.first ?? "--bind", problem: problem,
                        remedy: "give each mode a backend of its own"))
            } else if first.frontend.mode == .tcp, backend.backend.balance.key.isOfRequest {
                let problem = "\(backend.backend.balance.text) is read from requests, and backend \(name) has connections"
                let remedy = "write --mode http, or --balance source for the client's address"
                diagnostics.append(
                    Diagnostic(place: backend.places["balance"] ?? "--balance", problem: problem, remedy: remedy))
            } else if first.frontend.mode == .tcp, case .cookie(let cookie) = backend.backend.sticky {
                let problem = "cookie:\(cookie) is read from requests, and backend \(name) has connections"
                let remedy = "write --mode http, or --sticky source for the client's address"
                diagnostics.append(
                    Diagnostic(place: backend.places["sticky"] ?? "--sticky", problem: problem, remedy: remedy))
            } else if first.frontend.mode == .tcp, backend.backend.balance.policy == .ewma {
                let problem = "ewma goes by how soon requests are answered, and backend \(name) has connections"
                warn(backend.places["balance"] ?? "--balance", problem, remedy: "write leastconn")
            }
        }
    }

    private mutating func warnOfRedirects(_ draft: Draft.BackendDraft) {
        for (server, place) in zip(draft.backend.servers, draft.serverPlaces) where server.redirect != nil {
            let problem = "redirect has no effect: backend \(Quoted.text(draft.backend.name)) has connections, no requests"
            warn(place, problem, remedy: "leave it out, or write --mode http")
        }
    }

    /// An option said once for several frontends is heeded where one of them speaks http.
    private mutating func warnOfFrontendOptions() {
        for option in Options.all where option.needsHTTP {
            var speakers: [String: [Draft.FrontendDraft]] = [:]
            for frontend in frontends {
                if let place = frontend.places[option.long] { speakers[place, default: []].append(frontend) }
            }
            for (place, frontends) in speakers.sorted(by: { $0.key < $1.key })
            where frontends.allSatisfy({ $0.frontend.mode == .tcp }) {
                let problem = "has no effect: frontend \(Quoted.text(frontends[0].frontend.name)) speaks tcp"
                warn(place, problem, remedy: "leave it out, or write --mode http")
            }
        }
    }

    private mutating func warnOfBackendOptions() {
        for option in Options.all where option.needsHTTP {
            var owners: [String: [Draft.BackendDraft]] = [:]
            for backend in backends {
                if let place = backend.places[option.long] { owners[place, default: []].append(backend) }
            }
            for (place, backends) in owners.sorted(by: { $0.key < $1.key }) where backends.allSatisfy(isOfTCP) {
                let problem = "has no effect: backend \(Quoted.text(backends[0].backend.name)) has connections, no requests"
                warn(place, problem, remedy: "leave it out, or write --mode http")
            }
        }
    }

    private mutating func warnOfLogOptions() {
        guard !frontends.isEmpty else { return }
        let speakerOfHTTP = frontends.first { $0.frontend.mode == .http }
        if let place = draft.given["access-log-format"] {
            switch (draft.log.accessFormat, speakerOfHTTP) {
            case (.tcp?, let speaker?):
                let problem = "tcp: frontend \(Quoted.text(speaker.frontend.name)) speaks http, and is logged as combined"
                warn(place, problem, remedy: "write haproxy for the fields of requests, or leave it out")
            case (.combined?, nil), (.vcombined?, nil), (.common?, nil), (.json?, nil), (.haproxy?, nil), (.template?, nil):
                warn(place, "has no effect: no frontend speaks http", remedy: "leave it out: connections are logged in tcp")
            case (.tcp?, nil), (nil, _), (_, _?):
                break
            }
        }
        guard speakerOfHTTP == nil else { return }
        for option in Options.all where option.needsHTTP && option.group == .log {
            guard let place = draft.given[option.long] else { continue }
            warn(place, "has no effect: no frontend speaks http", remedy: "leave it out, or write --mode http")
        }
    }

    /// A worker that has a request takes no other: what is sent to it meanwhile waits where nothing sees it.
    private mutating func warnOfCapacity(_ draft: Draft.BackendDraft) {
        let backend = draft.backend
        guard let capacity = backend.profile.capacity else { return }
        let unbounded = backend.servers.filter { $0.connectionsMax == 0 && !$0.isDisabled }
        guard let first = unbounded.first else { return }
        let others = unbounded.count > 1 ? " and \(unbounded.count - 1) more have" : " has"
        let problem =
            "\(backend.profile.rawValue): server \(Quoted.text(first.name))\(others) no maxconn, and may be sent more "
            + "requests than it has workers for"
        warn(
            draft.places["backend-profile"] ?? "--backend-profile", problem,
            remedy: "add --server-maxconn N, or maxconn=N behind its address: \(capacity)")
    }

    /// What is part of a head cannot be longer than the whole.
    private mutating func warnOfLimits() {
        var told: Set<String> = []
        for draft in frontends where draft.frontend.mode == .http {
            let frontend = draft.frontend
            for (long, bytesMax) in [
                ("limit-request-line", frontend.requestLineBytesMax), ("limit-request-field-size", frontend.fieldBytesMax),
            ] where bytesMax > frontend.headBytesMax {
                guard let place = draft.places[long], told.insert(place).inserted else { continue }
                let head = Units.text(bytes: UInt64(frontend.headBytesMax))
                let problem = "\(Units.text(bytes: UInt64(bytesMax))) is more than --limit-head allows, which is \(head)"
                warn(place, problem, remedy: "lower the one or raise the other")
            }
        }
    }

    private mutating func warn(_ place: String, _ problem: String, remedy: String) {
        warnings.append(Diagnostic(place: place, problem: problem, remedy: remedy))
    }
}
