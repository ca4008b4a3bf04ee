// Which rules may be a host's, by its name alone. The list of each host and each domain that any rule names is
// worked out beforehand, so that a request looks once and then goes down one list.

/// Numbers of rules, in their order. A plain handle to memory that lives until `destroy`.
struct HostLists: BitwiseCopyable {
    private let exact: HostTable
    /// By domain: the list of all hosts below it that are not named themselves.
    private let below: HostTable
    private let starts: UnsafeMutablePointer<UInt32>
    private let numbers: UnsafeMutablePointer<UInt32>

    /// - Parameter endsList: whether the rule takes whatever its hosts are asked for: no later one of a list counts.
    init(_ rules: [RouteRule], endsList: [Bool]) {
        var exactRules: [[UInt8]: [Int]] = [:]
        var belowRules: [[UInt8]: [Int]] = [:]
        var anyHost: [Int] = []
        for (number, rule) in rules.enumerated() {
            if rule.hosts.isEmpty { anyHost.append(number) }
            for host in rule.hosts {
                switch host {
                case .exact(let name): exactRules[RouteHost.name(of: name), default: []].append(number)
                case .below(let name): belowRules[RouteHost.name(of: name), default: []].append(number)
                }
            }
        }
        var (starts, numbers) = ([UInt32(0)], [UInt32]())
        func add(_ parts: [[Int]]) -> UInt32 {
            var last = -1
            for number in parts.flatMap({ $0 }).sorted() where number != last {
                numbers.append(UInt32(number))
                last = number
                if endsList[number] { break }
            }
            starts.append(UInt32(numbers.count))
            return UInt32(starts.count - 2)
        }
        _ = add([anyHost])
        // In an order of their own, so that the same rules always give the same memory.
        let exactNames = exactRules.keys.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        exact = HostTable(
            exactNames.map { name in
                (name, add([anyHost, exactRules[name]!] + Self.domains(of: name).compactMap { belowRules[$0] }))
            })
        let domains = belowRules.keys.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        below = HostTable(
            domains.map { name in
                (name, add([anyHost, belowRules[name]!] + Self.domains(of: name).compactMap { belowRules[$0] }))
            })
        self.starts = .allocate(capacity: starts.count)
        self.starts.initialize(from: starts, count: starts.count)
        self.numbers = .allocate(capacity: max(numbers.count, 1))
        self.numbers.initialize(from: numbers, count: numbers.count)
    }

    func destroy() {
        exact.destroy()
        below.destroy()
        starts.deallocate()
        numbers.deallocate()
    }

    /// The domains that a name lies in, itself not among them.
    private static func domains(of name: [UInt8]) -> [[UInt8]] {
        name.indices.filter { $0 > 0 && name[$0] == UInt8(ascii: ".") }.map { Array(name[($0 + 1)...]) }
    }

    /// The rules that may be the host's. Of several domains that it lies in the longest has its list: that names
    /// the rules of the others as well.
    @inline(__always)
    func rules(for host: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt32> {
        let list = (exact.isEmpty && below.isEmpty) ? 0 : list(of: RouteHost.name(of: host))
        return UnsafeBufferPointer(start: numbers + Int(starts[list]), count: Int(starts[list &+ 1] &- starts[list]))
    }

    private func list(of name: UnsafeRawBufferPointer) -> Int {
        guard name.count > 0, name.count <= RouteHost.bytesMax else { return 0 }
        var hash = RouteHost.hashSeed
        var list: UInt32 = 0
        var index = name.count
        while index > 0 {
            index &-= 1
            let byte = name[index]
            // From the shortest domain to the longest, so the last one found is the one.
            if byte == UInt8(ascii: "."), !below.isEmpty, index > 0 {
                list = below.list(of: UnsafeRawBufferPointer(rebasing: name[(index &+ 1)...]), hash: hash) ?? list
            }
            hash = RouteHost.hashed(hash, RouteHost.lowered(byte))
        }
        return Int(exact.list(of: name, hash: hash) ?? list)
    }
}
