// A configuration while it is being said: settings are carried out one after another, in their order.
// Knows which object a setting belongs to. Judges one value at a time: the whole is for Validation.

/// Frontends and backends as far as they have been said.
struct Draft {
    static let defaultName = "default"

    struct FrontendDraft {
        /// Its name is empty until it has one.
        var frontend: Frontend
        /// Where each option of it was said, by the option's name.
        var places: [String: String] = [:]
        /// Where each of its listeners was said.
        var listenerPlaces: [String] = []
        /// Where each of its routes was said.
        var routePlaces: [String] = []
        /// Whether a route of it was refused: what becomes of the other requests is not known then.
        var hasRefusedRoute = false
        /// Whether a mode of it was refused: which one it has instead is no second fault then.
        var hasRefusedMode = false
    }

    struct BackendDraft {
        /// Without its servers, which may take from it what stands behind them.
        var backend: Backend
        /// Where each option of it was said, by the option's name.
        var places: [String: String] = [:]
        /// Where its name was said; `nil` for the backend that needs no name.
        var place: String?
        /// Where an option was said that is of this backend alone.
        var ownPlace: String?
        var servers: [ServerText] = []
        /// Where each of its servers was said.
        var serverPlaces: [String] = []
        /// Whether a server of it was refused: that it has none is no second fault then.
        var hasRefused = false

        mutating func assign(_ field: Field<Backend>, _ setting: Setting) throws(ValueFault) {
            try field.assign(setting.value, &backend)
            places[setting.option.long] = setting.place
        }
    }

    private(set) var process = ProcessOptions()
    private(set) var log = LogOptions()
    private(set) var frontends: [FrontendDraft] = []
    /// The first is the one that takes what is said before any `--backend`.
    private(set) var backends: [BackendDraft]
    private(set) var diagnostics: [Diagnostic] = []
    /// Where each option was given last, by its name.
    private(set) var given: [String: String] = [:]
    /// Whether something on the command line was not understood: it may be what seems to be missing.
    var hasGaps = false

    /// What the next listener or backend begins as: options said before any are of all.
    private(set) var frontendDefaults: FrontendDraft
    private var backendDefaults = BackendDraft(backend: Backend(name: "", servers: []))
    /// The last `--bind` and the last `--backend` of the command line.
    private var currentFrontend: Int?
    private var currentBackend: Int?
    /// Whether a `--route` stands behind the last `--bind`.
    private var hasCurrentRoute = false

    /// Carries out variables, then flags. A list that flags give replaces the one of the variable.
    init(variables: [Setting], flags: [Setting]) {
        frontendDefaults = FrontendDraft(frontend: Frontend(name: "", listeners: [], backend: ""))
        backends = [BackendDraft(backend: Backend(name: Self.defaultName, servers: []))]
        let replaced = Set(flags.filter { $0.option.isList }.map(\.option.long))
        for setting in variables where !replaced.contains(setting.option.long) { apply(setting) }
        // Flags stand before any `--bind` of their own, whatever the variables said.
        currentFrontend = nil
        currentBackend = nil
        hasCurrentRoute = false
        for setting in flags { apply(setting) }
    }

    private mutating func apply(_ setting: Setting) {
        given[setting.option.long] = setting.place
        do {
            switch setting.option.binding {
            case .process(let field): try field.assign(setting.value, &process)
            case .log(let field): try field.assign(setting.value, &log)
            case .frontend(let field): try assign(field.assign, setting)
            case .frontendList(let field): try assign(field.append, setting)
            case .route: addRoute(setting)
            case .rewriting(let field): try rewrite(field.assign, setting)
            case .rewritingList(let field): try rewrite(field.append, setting)
            case .backend(let field): try assign(field, setting, reachesAll: setting.source == .variable)
            case .everyBackend(let field): try assign(field, setting, reachesAll: true)
            case .listener: addListener(setting)
            case .newBackend: addBackend(setting)
            case .server: addServer(setting)
            case .action: break
            }
        } catch {
            diagnostics.append(Diagnostic(place: setting.place, error))
            if setting.option.long == "mode" { refuseMode() }
        }
    }

    private mutating func refuseMode() {
        if let currentFrontend {
            frontends[currentFrontend].hasRefusedMode = true
            return
        }
        frontendDefaults.hasRefusedMode = true
        for index in frontends.indices { frontends[index].hasRefusedMode = true }
    }

    /// To the frontend of the last `--bind`; before any, to all.
    private mutating func assign(
        _ assign: (String, inout Frontend) throws(ValueFault) -> Void, _ setting: Setting
    ) throws(ValueFault) {
        if let currentFrontend {
            try assign(setting.value, &frontends[currentFrontend].frontend)
            frontends[currentFrontend].places[setting.option.long] = setting.place
            return
        }
        try assign(setting.value, &frontendDefaults.frontend)
        frontendDefaults.places[setting.option.long] = setting.place
        for index in frontends.indices {
            try assign(setting.value, &frontends[index].frontend)
            frontends[index].places[setting.option.long] = setting.place
        }
    }

    /// To the frontend of the last `--bind`; before any, to all.
    private mutating func addRoute(_ setting: Setting) {
        var faults: [ValueFault] = []
        let route = RouteText.parse(setting.value, faults: &faults)
        diagnostics += faults.map { Diagnostic(place: setting.place, $0) }
        hasCurrentRoute = true
        change(setting) { draft in
            guard let route else {
                draft.hasRefusedRoute = true
                return
            }
            draft.frontend.routes.append(route)
            draft.routePlaces.append(setting.place)
        }
    }

    private mutating func change(_ setting: Setting, _ change: (inout FrontendDraft) -> Void) {
        func changeAndNote(_ draft: inout FrontendDraft) {
            change(&draft)
            draft.places[setting.option.long] = setting.place
        }
        if let currentFrontend {
            changeAndNote(&frontends[currentFrontend])
            return
        }
        changeAndNote(&frontendDefaults)
        for index in frontends.indices { changeAndNote(&frontends[index]) }
    }

    /// To the last route behind the last `--bind`, before any there to the frontend; a variable's to frontends.
    private mutating func rewrite(
        _ change: (String, inout Rewriting) throws(ValueFault) -> Void, _ setting: Setting
    ) throws(ValueFault) {
        let isOfRoute = hasCurrentRoute && setting.source == .flag
        let assign: (String, inout Frontend) throws(ValueFault) -> Void = { (text, frontend) throws(ValueFault) in
            guard isOfRoute else { return try change(text, &frontend.rewriting) }
            // A route that was refused is not there.
            guard let last = frontend.routes.indices.last else { return }
            try change(text, &frontend.routes[last].rewriting)
        }
        try self.assign(assign, setting)
    }

    /// To the last `--backend`; before any, to the backend that needs no name, or to all.
    private mutating func assign(
        _ field: Field<Backend>, _ setting: Setting, reachesAll: Bool
    ) throws(ValueFault) {
        if let currentBackend {
            try backends[currentBackend].assign(field, setting)
        } else if reachesAll {
            try backendDefaults.assign(field, setting)
            for index in backends.indices { try backends[index].assign(field, setting) }
        } else {
            try backends[0].assign(field, setting)
            backends[0].ownPlace = setting.place
        }
    }

    /// A listener joins the frontend of its name; one without a name is a frontend of its own here.
    private mutating func addListener(_ setting: Setting) {
        var faults: [ValueFault] = []
        let text = ListenerText(setting.value, faults: &faults)
        diagnostics += faults.map { Diagnostic(place: setting.place, $0) }
        let index = frontendIndex(name: text.name)
        currentFrontend = index
        hasCurrentRoute = false
        if text.saysMode, text.settings.mode == nil { frontends[index].hasRefusedMode = true }
        join(index, key: "mode", value: text.settings.mode, path: \.mode, place: setting.place)
        join(index, key: "backend", value: text.settings.backend, path: \.backend, place: setting.place)
        for listener in text.listeners {
            frontends[index].frontend.listeners.append(listener)
            frontends[index].listenerPlaces.append(setting.place)
        }
    }

    private mutating func frontendIndex(name: String?) -> Int {
        if let name, let index = frontends.firstIndex(where: { $0.frontend.name == name }) { return index }
        var draft = frontendDefaults
        draft.frontend.name = name ?? ""
        frontends.append(draft)
        return frontends.count - 1
    }

    /// An option behind an address is of the whole frontend: two listeners must not disagree on it.
    private mutating func join<Value: Equatable>(
        _ index: Int, key: String, value: Value?, path: WritableKeyPath<Frontend, Value>, place: String
    ) {
        guard let value else { return }
        let inlineKey = "bind,\(key)"
        let before = frontends[index].frontend[keyPath: path]
        if let other = frontends[index].places[inlineKey], before != value {
            let problem = "\(key) is not the one of \(other), which is of the same frontend"
            diagnostics.append(
                Diagnostic(place: place, problem: problem, remedy: "give it once, or give another NAME@"))
            return
        }
        frontends[index].frontend[keyPath: path] = value
        frontends[index].places[key] = place
        frontends[index].places[inlineKey] = place
    }

    /// A variable names the backend that needs no name; a flag begins a further one.
    private mutating func addBackend(_ setting: Setting) {
        let name = setting.value
        do {
            _ = try ValueKind.name.parse(name)
        } catch {
            // It begins a backend all the same: what follows must not fall to the one before.
            diagnostics.append(Diagnostic(place: setting.place, error))
        }
        if setting.source == .variable || name == backends[0].backend.name, backends[0].place == nil {
            backends[0].backend.name = name
            backends[0].place = setting.place
            currentBackend = 0
            return
        }
        if let other = backends.first(where: { $0.backend.name == name })?.place {
            let problem = "\(Quoted.text(name)) is the name of \(other), too"
            let remedy = "give each backend a name of its own"
            diagnostics.append(Diagnostic(place: setting.place, problem: problem, remedy: remedy))
        }
        var draft = backendDefaults
        draft.backend.name = name
        draft.place = setting.place
        backends.append(draft)
        currentBackend = backends.count - 1
    }

    private mutating func addServer(_ setting: Setting) {
        let index = currentBackend ?? 0
        var faults: [ValueFault] = []
        if let server = ServerText.parse(setting.value, faults: &faults) {
            backends[index].servers.append(server)
            backends[index].serverPlaces.append(setting.place)
        } else {
            backends[index].hasRefused = true
        }
        diagnostics += faults.map { Diagnostic(place: setting.place, $0) }
    }
}
