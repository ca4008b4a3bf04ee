// What no single value can say: names that refer to one another, what is missing, what is there twice.
// Knows the whole. Knows nothing of the machine: ports in use and permissions show when it starts.

import Codecs

/// Makes a configuration of a draft, or says everything that stands against it.
struct Validation {
    private(set) var diagnostics: [Diagnostic]
    private(set) var warnings: [Diagnostic] = []

    private let draft: Draft
    private var process: ProcessOptions
    private var backends: [Draft.BackendDraft] = []
    private var frontends: [Frontend] = []
    /// Where each listener of each frontend was said.
    private var listenerPlaces: [[String]] = []
    /// Frontends as they were said, each with the name and the backend that it has.
    private var spoken: [Draft.FrontendDraft] = []

    private init(_ draft: Draft) {
        self.draft = draft
        process = draft.process
        diagnostics = draft.diagnostics
        judgeProcess()
    }

    static func configuration(
        of draft: Draft, diagnostics: inout [Diagnostic], warnings: inout [Diagnostic]
    ) -> Configuration {
        var validation = Validation(draft)
        if draft.frontends.isEmpty, !draft.hasGaps {
            validation.refuse(
                "--bind", "is missing, so there is no address to listen on", remedy: "add --bind :8080")
        }
        validation.takeBackends()
        validation.judgeServers()
        validation.takeFrontends()
        validation.judgeListeners()
        validation.judgeModes()
        validation.judgeRoutes()
        validation.warnOfIdleBackends()
        diagnostics += validation.diagnostics
        warnings += validation.warnings
        return Configuration(
            process: validation.process, log: draft.log, frontends: validation.frontends,
            backends: validation.backends.map(\.backend))
    }

    /// The demo brings its own servers: of the draft only listeners, the process and the log count.
    static func demo(
        of draft: Draft, diagnostics: inout [Diagnostic], warnings: inout [Diagnostic]
    ) -> DemoOptions {
        var validation = Validation(draft)
        for frontend in draft.frontends {
            if let place = frontend.places["backend"] {
                validation.refuse(place, "backend: the demo brings its own", remedy: "leave it out")
            }
            validation.frontends.append(frontend.frontend)
            validation.listenerPlaces.append(frontend.listenerPlaces)
            validation.spoken.append(frontend)
        }
        var options = DemoOptions()
        options.mode = validation.frontends.first?.mode ?? draft.frontendDefaults.frontend.mode
        for frontend in draft.frontends where frontend.frontend.mode != options.mode && !frontend.hasRefusedMode {
            let problem = "is \(frontend.frontend.mode.rawValue), and the demo's servers have one mode"
            validation.refuse(
                frontend.places["mode"] ?? frontend.listenerPlaces.first ?? "--mode", problem,
                remedy: "write --mode \(options.mode.rawValue)")
        }
        validation.judgeListeners()
        validation.judgeModes()
        diagnostics += validation.diagnostics
        warnings += validation.warnings
        options.process = validation.process
        // Who tries the demo keeps connections open in a browser, and means Ctrl-C.
        if draft.given["graceful-timeout"] == nil {
            options.process.gracefulTimeoutMilliseconds = DemoOptions.gracefulTimeoutMilliseconds
        }
        options.log = draft.log
        let listeners = validation.frontends.flatMap(\.listeners)
        if !listeners.isEmpty { options.listeners = listeners }
        return options
    }

    private mutating func refuse(_ place: String, _ problem: String, remedy: String) {
        diagnostics.append(Diagnostic(place: place, problem: problem, remedy: remedy))
    }

    private mutating func warn(_ place: String, _ problem: String, remedy: String) {
        warnings.append(Diagnostic(place: place, problem: problem, remedy: remedy))
    }

    private mutating func judgeProcess() {
        let least = process.ringEntries * 2
        if let place = draft.given["cq-entries"] {
            if process.completionEntries < least {
                let problem = "\(process.completionEntries) is less than twice --ring-entries"
                refuse(place, problem, remedy: "write \(least) or more")
            }
        } else {
            process.completionEntries = max(process.completionEntries, least)
        }
        if let place = draft.given["drain-spread"], let spread = process.drainSpreadMilliseconds,
            spread > process.gracefulTimeoutMilliseconds
        {
            let whole = Units.text(microseconds: process.gracefulTimeoutMilliseconds * 1_000)
            let problem = "\(Units.text(microseconds: spread * 1_000)) is longer than a drain waits, which is \(whole)"
            warn(place, problem, remedy: "lower it, or raise --graceful-timeout")
        }
        guard let place = draft.given["maxconn"] else { return }
        guard let connections = process.connectionsMax, let descriptors = process.descriptorLimit else { return }
        if connections > descriptors / 2 {
            let problem =
                "\(connections) connections take two descriptors each, and --rlimit-nofile allows \(descriptors)"
            warn(place, problem, remedy: "raise the one or lower the other")
        }
    }

    /// All that were said; the one that needs no name only where something was said of it.
    private mutating func takeBackends() {
        backends = draft.backends
        for index in backends.indices {
            let backend = backends[index].backend
            let places = backends[index].places
            backends[index].backend.servers = backends[index].servers.map { $0.server(in: backend) }
            backend.profile.apply(to: &backends[index].backend) { places[$0] != nil }
        }
        let unnamed = backends[0]
        let canGo = backends.count > 1 || (unnamed.ownPlace == nil && sendsNothing)
        guard canGo, unnamed.place == nil, unnamed.backend.servers.isEmpty, !unnamed.hasRefused else { return }
        backends.removeFirst()
        if let place = unnamed.ownPlace {
            let problem = "stands before any --backend, and so is of \"\(unnamed.backend.name)\", which has no server"
            refuse(place, problem, remedy: "put it behind --backend NAME")
        }
    }

    /// Whether all that is asked for is answered by routes.
    private var sendsNothing: Bool {
        !draft.frontends.isEmpty
            && draft.frontends.allSatisfy { said in
                Self.hasRoutes(said) && said.frontend.backendNames.isEmpty
            }
    }

    /// Whether what a frontend does with requests is said by more than its backend.
    private static func hasRoutes(_ said: Draft.FrontendDraft) -> Bool {
        said.frontend.mode == .http && (!said.frontend.routes.isEmpty || said.hasRefusedRoute)
    }

    private mutating func judgeServers() {
        for draft in backends {
            let quoted = Quoted.text(draft.backend.name)
            if draft.backend.servers.isEmpty, !draft.hasRefused {
                if let place = draft.place {
                    refuse(place, "backend \(quoted) has no server", remedy: "add --server HOST:PORT behind it")
                } else if !self.draft.hasGaps {
                    let problem = "is missing, so there is nowhere to send connections"
                    refuse("--server", problem, remedy: "add --server HOST:PORT")
                }
            }
            var places: [String: String] = [:]
            for (server, place) in zip(draft.backend.servers, draft.serverPlaces) {
                if let other = places.updateValue(place, forKey: server.name) {
                    let problem = "\(Quoted.text(server.name)) is in backend \(quoted) already (\(other))"
                    refuse(place, problem, remedy: "give it another NAME@, or leave it out")
                }
            }
            judgeTraffic(draft)
        }
    }

    /// A backend that no connection can be sent to is a slip; so is an option that nothing heeds.
    private mutating func judgeTraffic(_ draft: Draft.BackendDraft) {
        let (backend, quoted) = (draft.backend, Quoted.text(draft.backend.name))
        let place = draft.place ?? draft.serverPlaces.first ?? "--server"
        if !backend.servers.isEmpty, !draft.hasRefused, backend.servers.allSatisfy({ $0.effectiveWeight == 0 }) {
            let problem = "every server of backend \(quoted) is disabled or has weight 0, so none takes connections"
            refuse(place, problem, remedy: "enable one, or give it a weight")
        }
        if backend.hashBalanceFactorPercent > 0, !backend.balance.isHash {
            let problem = "has no effect with \(backend.balance.text), which backend \(quoted) picks by"
            let remedy = "write --balance source or another policy that hashes, or leave it out"
            warn(self.draft.given["hash-balance-factor"] ?? "--hash-balance-factor", problem, remedy: remedy)
        }
        warnings += BackendRules(draft).warnings
    }

    private mutating func judgeModes() {
        let rules = ModeRules(draft, frontends: spoken, backends: backends)
        diagnostics += rules.diagnostics
        warnings += rules.warnings
    }

    private mutating func judgeRoutes() {
        let rules = RouteRules(spoken, backendNames: backends.map(\.backend.name))
        diagnostics += rules.diagnostics
        warnings += rules.warnings
    }

    /// Frontends with a name as they are; those without one are one where their options agree.
    private mutating func takeFrontends() {
        let taken = Set(draft.frontends.map(\.frontend.name))
        var unnamed: [Int] = []
        for candidate in draft.frontends where !candidate.frontend.listeners.isEmpty {
            var frontend = candidate.frontend
            frontend.backend = backendName(of: candidate)
            if candidate.places["limit-request-line"] == nil {
                frontend.requestLineBytesMax = min(frontend.requestLineBytesMax, frontend.headBytesMax)
            }
            if candidate.places["limit-request-field-size"] == nil {
                frontend.fieldBytesMax = min(frontend.fieldBytesMax, frontend.headBytesMax)
            }
            defer {
                var said = candidate
                said.frontend = frontend
                spoken.append(said)
            }
            if frontend.name.isEmpty {
                if let index = unnamed.first(where: { Self.agree(frontends[$0], frontend) }) {
                    frontend.name = frontends[index].name
                    frontends[index].listeners += frontend.listeners
                    listenerPlaces[index] += candidate.listenerPlaces
                    continue
                }
                unnamed.append(frontends.count)
                frontend.name = Self.freeName(ordinal: unnamed.count, taken: taken)
            }
            frontends.append(frontend)
            listenerPlaces.append(candidate.listenerPlaces)
        }
    }

    /// What a frontend names, or "default", or the only backend there is and none of its routes names; empty where
    /// it has routes, and none of these.
    private mutating func backendName(of candidate: Draft.FrontendDraft) -> String {
        let names = backends.map(\.backend.name)
        let wanted = candidate.frontend.backend
        if names.contains(wanted) { return wanted }
        let place = candidate.places["backend"] ?? candidate.listenerPlaces.first ?? "--bind"
        if !wanted.isEmpty {
            let remedy = DidYouMean.question(for: wanted, among: names) ?? "add --backend \(wanted) with its servers"
            refuse(place, "there is no backend \(Quoted.text(wanted))", remedy: remedy)
            return wanted
        }
        if names.contains(Draft.defaultName) { return Draft.defaultName }
        let hasRoutes = Self.hasRoutes(candidate)
        if names.count == 1, !hasRoutes || !candidate.frontend.backendNames.contains(names[0]) { return names[0] }
        if hasRoutes { return "" }
        let problem = "does not say which backend, and there are \(names.count)"
        refuse(place, problem, remedy: "add ,backend=\(Quoted.word(names.first ?? "NAME"))")
        return wanted
    }

    private static func agree(_ left: Frontend, _ right: Frontend) -> Bool {
        var (left, right) = (left, right)
        (left.name, right.name) = ("", "")
        (left.listeners, right.listeners) = ([], [])
        return left == right
    }

    /// "default", then "frontend-2" and so on, past the names that were given.
    private static func freeName(ordinal: Int, taken: Set<String>) -> String {
        if ordinal == 1, !taken.contains(Draft.defaultName) { return Draft.defaultName }
        var number = ordinal
        while taken.contains("frontend-\(number)") { number += 1 }
        return "frontend-\(number)"
    }

    /// An address is listened on once; port 0 is another port each time.
    private mutating func judgeListeners() {
        struct Place: Hashable {
            var address: SocketAddress
            var interface: String?
        }
        var places: [Place: String] = [:]
        for (frontend, ownPlaces) in zip(frontends, listenerPlaces) {
            for (listener, place) in zip(frontend.listeners, ownPlaces) where listener.address.port != 0 {
                let key = Place(address: listener.address, interface: listener.interface)
                guard let other = places.updateValue(place, forKey: key) else { continue }
                refuse(place, "\(listener.address) is listened on already (\(other))", remedy: "leave one of them out")
            }
        }
    }

    private mutating func warnOfIdleBackends() {
        let used = Set(frontends.flatMap(\.backendNames))
        guard !frontends.isEmpty, !spoken.contains(where: \.hasRefusedRoute) else { return }
        for draft in backends where !used.contains(draft.backend.name) {
            let problem = "no frontend sends connections to backend \(Quoted.text(draft.backend.name))"
            warn(draft.place ?? "--server", problem, remedy: "add --bind ADDR,backend=\(Quoted.word(draft.backend.name))")
        }
    }
}
