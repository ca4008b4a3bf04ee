// Random rules and requests: what the tables find is what asking rule after rule finds.

import Testing

@testable import Balancing

@Suite("Routes and the model")
struct RouteModelTests {
    private static let names = ["com", "a.com", "b.com", "x.a.com", "y.x.a.com", "x.b.com", "xa.com"]
    private static let paths = ["/", "/a", "/a/", "/a/b", "/ab", "/b"]
    private static let words = ["", "1", "12", "2"]

    private struct Draw {
        var bits: SeededBits

        mutating func oneIn(_ count: Int) -> Bool { bits.next() % UInt64(count) == 0 }
        mutating func of<Element>(_ elements: [Element]) -> Element { elements[Int(bits.next() % UInt64(elements.count))] }

        /// Mostly none, sometimes one, seldom two.
        mutating func some<Element>(_ make: (inout Draw) -> Element) -> [Element] {
            guard oneIn(3) else { return [] }
            return oneIn(3) ? [make(&self), make(&self)] : [make(&self)]
        }

        mutating func named(_ names: [String]) -> RouteRule.Named {
            RouteRule.Named(of(names), some { draw in draw.oneIn(2) ? .exact(draw.of(words)) : .prefix(draw.of(words)) })
        }

        mutating func rule() -> RouteRule {
            RouteRule(
                hosts: oneIn(4) ? [] : some { draw in draw.oneIn(2) ? .exact(draw.of(names)) : .below(draw.of(names)) },
                paths: some { draw in draw.oneIn(2) ? .exact(draw.of(paths)) : .prefix(draw.of(paths)) },
                methods: some { $0.of(["GET", "PUT"]) }, headers: some { $0.named(["X-A", "x-a", "X-B"]) },
                queries: some { $0.named(["k", "l"]) },
                networks: some { draw in
                    .init(high: 0, low: draw.oneIn(2) ? 0xffff_0a00_0000 : 0, bits: draw.of([0, 95, 104, 128]))
                },
                upgrade: oneIn(6) ? "websocket" : nil, sparesSecure: oneIn(6))
        }

        mutating func request() -> WrittenRequest {
            WrittenRequest(
                host: (oneIn(4) ? "q." : "") + (oneIn(9) ? "" : of(names)) + (oneIn(4) ? "." : "") + (oneIn(3) ? ":8080" : ""),
                path: of(paths), query: of(["", "k", "k=1", "l=12&k=2", "k=2&k=1", "kk=1"]),
                method: of(["GET", "PUT", "HEAD"]),
                headers: some { ($0.of(["X-A", "X-B"]), $0.of(words)) }, source: oneIn(3) ? nil : (oneIn(2) ? 10 : 11, 0, 0, 0),
                upgrade: oneIn(2) ? "WebSocket" : "", isSecure: oneIn(2))
        }
    }

    @Test("the same rule is found", arguments: 1...10 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        var draw = Draw(bits: SeededBits(seed: seed))
        var found: [Int: Int] = [:]
        for _ in 0..<60 {
            let rules = (0..<draw.of([1, 5, 20])).map { _ in draw.rule() }
            try withRoutes(rules) { routes in
                for _ in 0..<50 {
                    let request = draw.request()
                    let expected = rules.firstIndex { holds($0, request) }
                    let number = request.match(routes)
                    found[number ?? -1, default: 0] += 1
                    guard number != expected else { continue }
                    Issue.record(
                        "seed \(seed): \(String(describing: number)), not \(String(describing: expected)): \(request) by \(rules)"
                    )
                    return
                }
            }
        }
        #expect(found.count > 8 && found[-1, default: 0] > 100, "many rules are found, and sometimes none: \(found)")
    }

    private func holds(_ rule: RouteRule, _ request: WrittenRequest) -> Bool {
        var host = String(request.host.prefix { $0 != ":" }).lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        return any(rule.hosts) { pattern in
            switch pattern {
            case .exact(let name): host == name
            case .below(let name): host.hasSuffix("." + name) && host.utf8.count > name.utf8.count + 1
            }
        }
            && any(rule.paths) { pattern in
                switch pattern {
                case .exact(let path): request.path == path
                case .prefix(let path): request.path.hasPrefix(path) || request.path + "/" == path
                case .expression: false
                }
            } && any(rule.methods) { $0 == request.method }
            && any(rule.networks) { network in
                // The upper half of every address here is zero. A shift by all 64 bits is zero.
                request.address.high == 0 && (request.address.low ^ network.low) >> UInt64(min(64, 128 - network.bits)) == 0
            }
            && named(rule.headers, isCased: false) { name in
                request.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
            }
            && named(rule.queries, isCased: true) { name in
                for pair in request.query.split(separator: "&") {
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    if parts[0] == name { return [parts.count > 1 ? String(parts[1]) : ""] }
                }
                return []
            }
            && !(rule.sparesSecure && request.isSecure) && (rule.upgrade == nil || request.upgrade.lowercased() == rule.upgrade)
    }

    private func any<Element>(_ patterns: [Element], _ holds: (Element) -> Bool) -> Bool {
        patterns.isEmpty || patterns.contains(where: holds)
    }

    private func named(_ conditions: [RouteRule.Named], isCased: Bool, _ values: (String) -> [String]) -> Bool {
        let groups = Dictionary(grouping: conditions) { isCased ? $0.name : $0.name.lowercased() }
        return groups.allSatisfy { name, conditions in
            values(name).contains { value in
                conditions.contains { condition in
                    any(condition.values) { pattern in
                        switch pattern {
                        case .exact(let text): value == text
                        case .prefix(let text): value.hasPrefix(text)
                        }
                    }
                }
            }
        }
    }
}
