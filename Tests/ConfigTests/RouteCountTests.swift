// How many routes a frontend may have.

import Testing

@testable import Config

@Suite("the count of routes")
struct RouteCountTests {
    @Test("is at most what the engine can number", arguments: [65_534, 65_535, 70_000])
    func count(count: Int) {
        var draft = Draft.FrontendDraft(frontend: Frontend(name: "f", listeners: [], backend: "b"))
        draft.frontend.mode = .http
        for index in 0..<count {
            var conditions = RouteConditions()
            conditions.paths = [.exact("/\(index)")]
            draft.frontend.routes.append(Route(text: "", conditions: conditions, target: .deny))
            draft.routePlaces.append("--route #\(index + 1)")
        }
        let rules = RouteRules([draft], backendNames: ["b"])
        let expected = "--route #65535: frontend \"f\" has more than 65534 routes; write expressions, or another frontend"
        #expect(rules.diagnostics.map(\.description) == (count == 65_534 ? [] : [expected]))
        #expect(rules.warnings.isEmpty)
    }
}
