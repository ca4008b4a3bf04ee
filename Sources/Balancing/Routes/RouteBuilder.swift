// Rules, laid out in the rows that requests are compared with. Works at start only.

struct RouteBuilder {
    private(set) var rules: [RouteTest.Rule] = []
    private(set) var bytes: [UInt8] = []
    /// Bytes each.
    private(set) var methods: [RouteTest.Run] = []
    private(set) var paths: [RouteTest.Path] = []
    private(set) var named: [RouteTest.Named] = []
    private(set) var values: [RouteTest.Value] = []
    private(set) var networks: [RouteTest.Network] = []
    private(set) var expressions: [PathExpression] = []
    /// In small letters, in the order in which they are met first.
    private(set) var headerNames: [[UInt8]] = []
    private var compiled: [String: UInt32] = [:]

    init(_ rules: [RouteRule]) throws(ExpressionFault) {
        do throws(ExpressionFault) {
            for rule in rules { try add(rule) }
        } catch {
            for expression in expressions { expression.destroy() }
            throw error
        }
    }

    private mutating func add(_ rule: RouteRule) throws(ExpressionFault) {
        var test = RouteTest.Rule()
        for method in rule.methods { methods.append(text(method)) }
        test.methods = run(rule.methods.count, of: methods)
        for path in rule.paths { paths.append(try self.test(path)) }
        test.paths = run(rule.paths.count, of: paths)
        let headers = Self.merged(rule.headers) { $0.lowercased() }
        let headerTests = headers.map {
            RouteTest.Named(place: place(ofHeader: $0.name), name: .init(), values: run($0.values))
        }
        named += headerTests
        test.headers = run(headerTests.count, of: named)
        let queries = Self.merged(rule.queries) { $0 }
        let queryTests = queries.map { RouteTest.Named(place: 0, name: text($0.name), values: run($0.values)) }
        named += queryTests
        test.queries = run(queryTests.count, of: named)
        networks += rule.networks.map { self.test($0) }
        test.networks = run(rule.networks.count, of: networks)
        if let upgrade = rule.upgrade { test.upgrade = text(upgrade.lowercased()) }
        test.sparesSecure = rule.sparesSecure
        rules.append(test)
    }

    /// Conditions of one name are one: any value of theirs will do, and any at all where one of them asks for none.
    private static func merged(_ conditions: [RouteRule.Named], by key: (String) -> String) -> [RouteRule.Named] {
        var merged: [RouteRule.Named] = []
        for condition in conditions {
            if let place = merged.firstIndex(where: { key($0.name) == key(condition.name) }) {
                let isAny = merged[place].values.isEmpty || condition.values.isEmpty
                merged[place].values = isAny ? [] : merged[place].values + condition.values
            } else {
                merged.append(condition)
            }
        }
        return merged
    }

    private mutating func place(ofHeader name: String) -> Int {
        let name = Array(name.lowercased().utf8)
        if let place = headerNames.firstIndex(of: name) { return place }
        headerNames.append(name)
        return headerNames.count - 1
    }

    private mutating func test(_ path: RouteRule.Path) throws(ExpressionFault) -> RouteTest.Path {
        switch path {
        case .exact(let path): return RouteTest.Path(kind: .exact, text: text(path))
        case .prefix(let path):
            return RouteTest.Path(kind: path.utf8.last == UInt8(ascii: "/") ? .below : .prefix, text: text(path))
        case .expression(let pattern):
            let number: UInt32
            if let known = compiled[pattern] {
                number = known
            } else {
                number = UInt32(expressions.count)
                expressions.append(try PathExpression.compile(pattern))
                compiled[pattern] = number
            }
            return RouteTest.Path(kind: .expression, text: RouteTest.Run(start: number, count: 1))
        }
    }

    private func test(_ network: RouteRule.Network) -> RouteTest.Network {
        let bits = min(max(network.bits, 0), 128)
        // Shifts beyond the width are zero.
        let highMask = ~(UInt64.max >> UInt64(min(bits, 64)))
        let lowMask = ~(UInt64.max >> UInt64(max(bits, 64) - 64))
        return RouteTest.Network(
            high: network.high & highMask, low: network.low & lowMask, highMask: highMask, lowMask: lowMask)
    }

    private mutating func run(_ values: [RouteRule.Value]) -> RouteTest.Run {
        for value in values {
            switch value {
            case .exact(let value): self.values.append(RouteTest.Value(isPrefix: false, text: text(value)))
            case .prefix(let value): self.values.append(RouteTest.Value(isPrefix: true, text: text(value)))
            }
        }
        return run(values.count, of: self.values)
    }

    private mutating func text(_ text: String) -> RouteTest.Run {
        let count = text.utf8.count
        bytes += Array(text.utf8)
        return run(count, of: bytes)
    }

    /// The last so many of a row.
    private func run<Element>(_ count: Int, of row: [Element]) -> RouteTest.Run {
        RouteTest.Run(start: UInt32(row.count - count), count: UInt32(count))
    }
}
