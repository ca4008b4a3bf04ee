// What routes mean for the rest: backends that they name, routes that no request reaches.
// Knows frontends as they were said. Knows nothing of single values.

/// Judges the routes of all frontends.
struct RouteRules {
    /// More different fields are not compared: they are looked up once for all routes of a frontend.
    static let headersMax = 16
    /// The engine counts them in 16 bits, and one number is no route.
    static let routesMax = 65_534

    private(set) var diagnostics: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []

    private let backendNames: [String]
    /// Routes said for several frontends are judged once.
    private var judged: Set<String> = []

    /// - Parameter frontends: each with its name.
    init(_ frontends: [Draft.FrontendDraft], backendNames: [String]) {
        self.backendNames = backendNames
        for frontend in frontends where frontend.frontend.mode == .http && !frontend.hasRefusedMode {
            judgeCount(frontend)
            judgeTargets(frontend)
            judgeHeaders(frontend)
            warnOfUnreached(frontend)
        }
    }

    private mutating func judgeCount(_ draft: Draft.FrontendDraft) {
        guard draft.frontend.routes.count > Self.routesMax else { return }
        let problem = "frontend \(Quoted.text(draft.frontend.name)) has more than \(Self.routesMax) routes"
        let place = draft.routePlaces[Self.routesMax]
        diagnostics.append(Diagnostic(place: place, problem: problem, remedy: "write expressions, or another frontend"))
    }

    private mutating func judgeTargets(_ draft: Draft.FrontendDraft) {
        for (route, place) in zip(draft.frontend.routes, draft.routePlaces) where judged.insert(place).inserted {
            guard case .backend(let name) = route.target, !backendNames.contains(name) else { continue }
            let remedy = DidYouMean.question(for: name, among: backendNames) ?? "add --backend \(name) with its servers"
            let problem = "there is no backend \(Quoted.text(name))"
            diagnostics.append(Diagnostic(place: place, problem: problem, remedy: remedy))
        }
    }

    private mutating func judgeHeaders(_ draft: Draft.FrontendDraft) {
        var names: Set<String> = []
        for (route, place) in zip(draft.frontend.routes, draft.routePlaces) {
            names.formUnion(route.conditions.headers.map(\.name))
            guard names.count > Self.headersMax else { continue }
            let name = Quoted.text(draft.frontend.name)
            let problem = "the routes of frontend \(name) have more than \(Self.headersMax) different fields"
            diagnostics.append(Diagnostic(place: place, problem: problem, remedy: "write conditions of fewer fields"))
            return
        }
    }

    private mutating func warnOfUnreached(_ draft: Draft.FrontendDraft) {
        var firstOfAll: Int?
        var firsts: [RouteConditions: Int] = [:]
        for (index, route) in draft.frontend.routes.enumerated() {
            if let earlier = [firstOfAll, firsts[route.conditions]].compactMap({ $0 }).min() {
                warn(draft.routePlaces[index], isBehind: draft.routePlaces[earlier], isOfAll: earlier == firstOfAll)
            }
            // Whoever came by https goes on to the next route.
            if route.target == .redirectToHTTPS, !draft.frontend.trustedProxies.isEmpty { continue }
            if firstOfAll == nil, Self.isOfAll(route.conditions) { firstOfAll = index }
            if firsts[route.conditions] == nil { firsts[route.conditions] = index }
        }
    }

    private mutating func warn(_ place: String, isBehind other: String, isOfAll: Bool) {
        guard judged.insert("\(place) after \(other)").inserted else { return }
        let what = isOfAll ? "\(other) takes every request" : "\(other) has the same conditions"
        let remedy = isOfAll ? "put it before that one" : "leave it out"
        warnings.append(Diagnostic(place: place, problem: "is never reached: \(what)", remedy: remedy))
    }

    /// `path=*`, and `path=/*`, which is every path but the one of `OPTIONS *`.
    private static func isOfAll(_ conditions: RouteConditions) -> Bool {
        var rest = conditions
        if rest.paths.contains(.prefix("/")) { rest.paths = [] }
        return rest.isEmpty
    }
}

extension Frontend {
    /// Names of the backends that it can send to, its own first; none of them twice.
    public var backendNames: [String] {
        var names = backend.isEmpty ? [] : [backend]
        guard mode == .http else { return names }
        for route in routes {
            if case .backend(let name) = route.target, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
