// Which route a request takes: the first whose conditions hold. A thousand hosts cost what one costs, as a
// host's own routes are found by one look into a table.

internal import Glibc

/// The routes of one frontend. A plain handle to memory that lives until `destroy`, never written again: copies
/// share it, and all shards read the same.
public struct Routes: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory is written before the handle is given out.

    public let headerNames: RouteHeaderNames
    /// Rules.
    public let count: Int
    /// Whether any rule looks at the path: where none does it need not be normalised.
    public let usesPaths: Bool
    /// Whether any rule asks how the client came.
    public let usesScheme: Bool
    private let hosts: HostLists
    private let rules: UnsafeMutablePointer<RouteTest.Rule>
    private let bytes: UnsafeMutablePointer<UInt8>
    private let methods: UnsafeMutablePointer<RouteTest.Run>
    private let paths: UnsafeMutablePointer<RouteTest.Path>
    private let named: UnsafeMutablePointer<RouteTest.Named>
    private let values: UnsafeMutablePointer<RouteTest.Value>
    private let networks: UnsafeMutablePointer<RouteTest.Network>
    private let expressions: UnsafeMutablePointer<PathExpression>
    private let expressionCount: Int

    /// - Parameter rules: in the order in which they are tried, with at most `RouteHeaderNames.countMax` different
    ///   header names between them.
    public init(_ rules: [RouteRule]) throws(ExpressionFault) {
        let builder = try RouteBuilder(rules)
        headerNames = RouteHeaderNames(builder.headerNames)
        count = rules.count
        usesPaths = !builder.paths.isEmpty
        usesScheme = rules.contains { $0.sparesSecure }
        hosts = HostLists(rules, endsList: builder.rules.map { $0.takesAll })
        self.rules = Self.row(builder.rules)
        bytes = Self.row(builder.bytes)
        methods = Self.row(builder.methods)
        paths = Self.row(builder.paths)
        named = Self.row(builder.named)
        values = Self.row(builder.values)
        networks = Self.row(builder.networks)
        expressions = Self.row(builder.expressions)
        expressionCount = builder.expressions.count
    }

    private static func row<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let row = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        row.initialize(from: elements, count: elements.count)
        return row
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        headerNames.destroy()
        hosts.destroy()
        rules.deallocate()
        bytes.deallocate()
        methods.deallocate()
        paths.deallocate()
        named.deallocate()
        values.deallocate()
        networks.deallocate()
        for number in 0..<expressionCount { expressions[number].destroy() }
        expressions.deallocate()
    }

    public var isEmpty: Bool { count == 0 }

    /// The number of the first rule whose conditions all hold.
    public func match(_ request: RouteRequest) -> Int? {
        for number in hosts.rules(for: request.host) where holds(rules[Int(number)], request) { return Int(number) }
        return nil
    }

    /// All but the hosts, which its list has judged. What costs least comes first.
    private func holds(_ rule: RouteTest.Rule, _ request: RouteRequest) -> Bool {
        !(rule.sparesSecure && request.isSecure)
            && (rule.methods.count == 0 || rule.methods.indices.contains { isText(methods[$0], request.method) })
            && (rule.paths.count == 0 || rule.paths.indices.contains { holds(paths[$0], request.path) })
            && (rule.networks.count == 0 || rule.networks.indices.contains { holds(networks[$0], request) })
            && rule.headers.indices.allSatisfy { holdsForAnyLine(named[$0], request) }
            && rule.queries.indices.allSatisfy { holds(named[$0].values, parameter(named[$0].name, in: request.query)) }
            && (rule.upgrade.count == 0 || isNamed(rule.upgrade, in: request.upgrade))
    }

    private func holds(_ test: RouteTest.Path, _ path: UnsafeRawBufferPointer) -> Bool {
        switch test.kind {
        case .exact: return isText(test.text, path)
        case .prefix: return isPrefix(test.text, of: path)
        case .below:
            guard path.count &+ 1 == Int(test.text.count) else { return isPrefix(test.text, of: path) }
            return isText(RouteTest.Run(start: test.text.start, count: test.text.count &- 1), path)
        case .expression: return expressions[Int(test.text.start)].matches(path)
        }
    }

    private func holds(_ network: RouteTest.Network, _ request: RouteRequest) -> Bool {
        guard let address = request.address else { return false }
        return (address.high ^ network.high) & network.highMask | (address.low ^ network.low) & network.lowMask == 0
    }

    /// Of several fields of one name any will do: which of them a server would take is not known here.
    private func holdsForAnyLine(_ test: RouteTest.Named, _ request: RouteRequest) -> Bool {
        var line = request.headerStarts[test.place]
        let end = request.headerStarts[test.place &+ 1]
        while line < end {
            if holds(test.values, request.headerValues[line]) { return true }
            line &+= 1
        }
        return false
    }

    /// - Parameter value: without an address where there is none.
    private func holds(_ values: RouteTest.Run, _ value: UnsafeRawBufferPointer) -> Bool {
        guard value.baseAddress != nil else { return false }
        return values.count == 0
            || values.indices.contains { place in
                let test = self.values[place]
                return test.isPrefix ? isPrefix(test.text, of: value) : isText(test.text, value)
            }
    }

    // MARK: Bytes

    @inline(__always)
    private func isText(_ text: RouteTest.Run, _ other: UnsafeRawBufferPointer) -> Bool {
        other.count == Int(text.count) && isPrefix(text, of: other)
    }

    @inline(__always)
    private func isPrefix(_ text: RouteTest.Run, of other: UnsafeRawBufferPointer) -> Bool {
        guard other.count >= Int(text.count) else { return false }
        guard text.count > 0, let start = other.baseAddress else { return true }
        return memcmp(bytes + Int(text.start), start, Int(text.count)) == 0
    }

    /// The value of the first parameter of that name, empty where it has no `=`; without an address where there
    /// is none.
    private func parameter(_ name: RouteTest.Run, in query: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < query.count {
            var end = start
            var equals = -1
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if equals < 0, query[end] == UInt8(ascii: "=") { equals = end }
                end &+= 1
            }
            let nameEnd = equals < 0 ? end : equals
            if isText(name, UnsafeRawBufferPointer(rebasing: query[start..<nameEnd])) {
                return UnsafeRawBufferPointer(rebasing: query[min(nameEnd &+ 1, end)..<end])
            }
            start = end &+ 1
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Whether a list of protocols, as Upgrade has it, names this one, in any case. One that is asked for without
    /// a version is met by any.
    ///
    /// - SeeAlso: RFC 9110 section 7.8.
    private func isNamed(_ name: RouteTest.Run, in list: UnsafeRawBufferPointer) -> Bool {
        var start = 0
        while start < list.count {
            var end = start
            while end < list.count, list[end] != UInt8(ascii: ",") { end &+= 1 }
            var (first, last) = (start, end)
            while first < last, list[first] == 0x20 || list[first] == 0x09 { first &+= 1 }
            while last > first, list[last &- 1] == 0x20 || list[last &- 1] == 0x09 { last &-= 1 }
            if isProtocol(name, UnsafeRawBufferPointer(rebasing: list[first..<last])) { return true }
            start = end &+ 1
        }
        return false
    }

    private func isProtocol(_ name: RouteTest.Run, _ word: UnsafeRawBufferPointer) -> Bool {
        let count = Int(name.count)
        guard word.count == count || word.count > count && word[count] == UInt8(ascii: "/") else { return false }
        return (0..<count).allSatisfy { RouteHost.lowered(word[$0]) == bytes[Int(name.start) &+ $0] }
    }
}

extension RouteTest.Rule {
    /// Whether it asks for nothing but hosts.
    fileprivate var takesAll: Bool {
        !sparesSecure
            && methods.count + paths.count + headers.count + queries.count + networks.count + upgrade.count == 0
    }
}
