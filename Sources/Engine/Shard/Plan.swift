// The configuration as shards use it: tables by index, addresses in the kernel's layout, limits shared.
// Made once before the first shard starts; nothing but the atomics in it changes.

internal import Balancing
internal import Codecs
internal import Config
internal import Glibc

/// One backend, for all shards.
struct PlannedBackend: BitwiseCopyable {
    var table: ServerTable
    var addresses: UnsafeMutablePointer<NativeAddress>
    var sources: PlannedSources
    var introductions: UnsafeMutablePointer<PlannedIntroduction>
    /// Its frontends are in http mode.
    var isHTTP: Bool
    var exchanges: PlannedExchanges
    var webSocket: PlannedWebSocket
    var sticky: PlannedSticky
    /// By server, where any of them is one that clients are sent to: what stands before the request's target.
    var redirects: UnsafeMutablePointer<PlannedName>?
    var retriesMax: Int
    var connectTimeoutMilliseconds: UInt64
    /// Connections that may wait for a place, over all shards, and how long.
    var queueLimit: Limit
    var queueTimeoutMilliseconds: UInt64
    /// Index of its first server among the servers of all backends.
    var firstServer: Int
}

/// One listening address, for all shards.
struct PlannedListener: BitwiseCopyable {
    var frontend: Int
    /// -1: there is none for what no route takes.
    var backend: Int
    /// Clients speak HTTP here; else their bytes are passed on as they are.
    var isHTTP: Bool
    /// 0 for a Unix socket.
    var port: UInt16
    var frontendLimit: Limit
    var listenerLimit: Limit
    var tunnelTimeoutMilliseconds: UInt64
    var halfCloseTimeoutMilliseconds: UInt64
    /// 0: TCP does not ask for the other end.
    var keepaliveSeconds: Int32
    /// `nil`: connections begin with their own bytes.
    var preface: PrefaceRules?
    /// Whether the client's address is asked for: by a rule, a policy, a server or the log.
    var needsClientAddress: Bool
}

/// What all shards share. Reached by plain pointers, so that the hot path counts no references.
struct Plan: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: written before the shards start, then only read; loads and limits are atomics.
    let backends: UnsafeMutableBufferPointer<PlannedBackend>
    let listeners: UnsafeMutableBufferPointer<PlannedListener>
    /// By frontend; of one in tcp mode nobody asks.
    let http: UnsafeMutableBufferPointer<HTTPRules>
    /// As above.
    let routing: UnsafeMutableBufferPointer<PlannedRouting>
    /// Bytes of the longest text that is made for a request or its answer beside what came.
    let textBytesMax: Int
    let frontendLimits: UnsafeMutableBufferPointer<Limit>
    /// Who may come in, by frontend.
    let admissions: UnsafeMutableBufferPointer<AdmissionRules>
    let frontendNames: UnsafeMutableBufferPointer<PlannedName>
    let backendNames: UnsafeMutableBufferPointer<PlannedName>
    /// By global server index.
    let serverNames: UnsafeMutableBufferPointer<PlannedName>
    let serverTexts: UnsafeMutableBufferPointer<PlannedName>
    let processLimit: Limit
    let splice: ProcessOptions.Splice
    let isLogging: Bool
    /// Over how long a drain closes tunnels whose frames are read.
    let drainSpreadMilliseconds: UInt64
    let log: PlannedLog

    /// Whether any frontend is in http mode.
    var hasHTTP: Bool { listeners.contains { $0.isHTTP } }
    var serverCount: Int { serverNames.count }

    /// - Parameters:
    ///   - configuration: validated, every server's address resolved.
    ///   - connectionsMax: client connections of the process.
    ///   - seed: keys what must not be foreseen from outside.
    ///   - shardCount: shards that share what is bounded by server.
    init(_ configuration: Configuration, connectionsMax: Int, seed: UInt64, shardCount: Int = 1) {
        processLimit = Limit(bound: connectionsMax)
        splice = configuration.process.splice
        isLogging = configuration.log.accessTarget != .off
        log = PlannedLog(configuration.log)
        // The last ones need time for their answer before the drain's deadline cuts them.
        let graceful = configuration.process.gracefulTimeoutMilliseconds
        drainSpreadMilliseconds = min(configuration.process.drainSpreadMilliseconds ?? graceful, graceful / 10 * 9)
        let frontendsByBackend = Self.users(configuration)
        var firstServer = 0
        backends = Plan.store(
            configuration.backends.map { backend in
                defer { firstServer += backend.servers.count }
                let addresses = UnsafeMutablePointer<NativeAddress>.allocate(capacity: backend.servers.count)
                for (index, server) in backend.servers.enumerated() {
                    guard case .socket(let address) = server.address else {
                        preconditionFailure("server names are resolved before the data plane is made")
                    }
                    (addresses + index).initialize(to: NativeAddress(address))
                }
                return PlannedBackend(
                    table: ServerTable(
                        servers: backend.servers.map { server in
                            ServerTable.Server(
                                weight: server.effectiveWeight, limit: server.connectionsMax,
                                identity: StableHash.hash(server.name), isBackup: server.isBackup)
                        }, policy: Policy(backend.balance.policy), balanceFactor: backend.hashBalanceFactorPercent),
                    addresses: addresses, sources: PlannedSources(backend.source),
                    introductions: Plan.store(backend.servers.map { PlannedIntroduction($0) }).baseAddress!,
                    isHTTP: frontendsByBackend[backend.name]?.contains { $0.mode == .http } ?? false,
                    exchanges: PlannedExchanges(backend, shardCount: shardCount), webSocket: PlannedWebSocket(backend),
                    sticky: PlannedSticky(backend, seed: seed &+ UInt64(firstServer)), redirects: Self.redirects(of: backend),
                    retriesMax: backend.retriesMax,
                    connectTimeoutMilliseconds: backend.connectTimeoutMilliseconds,
                    queueLimit: Limit(bound: backend.queueMax), queueTimeoutMilliseconds: backend.queueTimeoutMilliseconds,
                    firstServer: firstServer)
            })
        let frontendLimits = configuration.frontends.map { Limit(bound: $0.connectionsMax ?? .max) }
        self.frontendLimits = Plan.store(frontendLimits)
        let admissions = configuration.frontends.map { AdmissionRules($0, seed: seed) }
        self.admissions = Plan.store(admissions)
        let isLogging = isLogging
        listeners = Plan.store(
            configuration.frontends.enumerated().flatMap { index, frontend in
                let backend = configuration.backends.firstIndex { $0.name == frontend.backend }
                precondition(backend != nil || frontend.mode == .http, "validation has matched every frontend with a backend")
                let needsClientAddress =
                    isLogging || frontend.mode == .http || !admissions[index].isEmpty
                    || configuration.backends[backend!].asksForClients
                return frontend.listeners.map { listener in
                    PlannedListener(
                        frontend: index, backend: backend ?? -1, isHTTP: frontend.mode == .http,
                        port: listener.address.port ?? 0, frontendLimit: frontendLimits[index],
                        listenerLimit: Limit(bound: listener.connectionsMax ?? .max),
                        tunnelTimeoutMilliseconds: frontend.tunnelTimeoutMilliseconds,
                        halfCloseTimeoutMilliseconds: frontend.halfCloseTimeoutMilliseconds,
                        keepaliveSeconds: Int32(clamping: frontend.keepaliveSeconds ?? 0),
                        preface: PrefaceRules(listener), needsClientAddress: needsClientAddress || listener.proxyProtocol != nil
                    )
                }
            })
        http = Plan.store(configuration.frontends.map { HTTPRules($0) })
        let indices = Dictionary(uniqueKeysWithValues: configuration.backends.enumerated().map { ($1.name, $0) })
        let routing = configuration.frontends.enumerated().map { index, frontend in
            PlannedRouting(frontend, seed: seed &+ UInt64(index) << 32) { indices[$0] }
        }
        self.routing = Plan.store(routing)
        textBytesMax =
            zip(routing, configuration.frontends).reduce(0) { max($0, $1.0.textBytesMax(headBytesMax: $1.1.headBytesMax)) }
            + backends.reduce(0) { max($0, $1.textBytesMax) }
        frontendNames = Plan.store(configuration.frontends.map { PlannedName($0.name) })
        backendNames = Plan.store(configuration.backends.map { PlannedName($0.name) })
        serverNames = Plan.store(configuration.backends.flatMap { $0.servers.map { PlannedName($0.name) } })
        serverTexts = Plan.store(configuration.backends.flatMap { $0.servers.map { PlannedName("\($0.address)") } })
    }

    /// Frees everything; no shard may run any more.
    func destroy() {
        for backend in backends {
            backend.table.destroy()
            backend.addresses.deallocate()
            backend.queueLimit.destroy()
            backend.sources.destroy()
            backend.introductions.deallocate()
            backend.exchanges.destroy()
            backend.webSocket.destroy()
            backend.sticky.destroy()
            if let redirects = backend.redirects {
                for server in 0..<backend.table.count { redirects[server].destroy() }
                redirects.deallocate()
            }
        }
        for listener in listeners {
            listener.listenerLimit.destroy()
            listener.preface?.destroy()
        }
        for limit in frontendLimits { limit.destroy() }
        for admission in admissions { admission.destroy() }
        for name in frontendNames { name.destroy() }
        for name in backendNames { name.destroy() }
        for name in serverNames { name.destroy() }
        for name in serverTexts { name.destroy() }
        for frontend in http { frontend.destroy() }
        for frontend in routing { frontend.destroy() }
        backends.deallocate()
        listeners.deallocate()
        frontendLimits.deallocate()
        admissions.deallocate()
        frontendNames.deallocate()
        backendNames.deallocate()
        serverNames.deallocate()
        serverTexts.deallocate()
        http.deallocate()
        routing.deallocate()
        processLimit.destroy()
        log.destroy()
    }

    /// Who sends what comes to each backend.
    private static func users(_ configuration: Configuration) -> [String: [Frontend]] {
        var users: [String: [Frontend]] = [:]
        for frontend in configuration.frontends {
            users[frontend.backend, default: []].append(frontend)
            for route in frontend.routes {
                if case .backend(let name) = route.target { users[name, default: []].append(frontend) }
            }
        }
        return users
    }

    private static func redirects(of backend: Backend) -> UnsafeMutablePointer<PlannedName>? {
        guard backend.servers.contains(where: { $0.redirect != nil }) else { return nil }
        let memory = UnsafeMutablePointer<PlannedName>.allocate(capacity: backend.servers.count)
        for (index, server) in backend.servers.enumerated() {
            // What follows begins with a slash.
            let url = server.redirect ?? ""
            (memory + index).initialize(to: PlannedName(url.hasSuffix("/") ? String(url.dropLast()) : url))
        }
        return memory
    }

    private static func store<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return memory
    }
}

extension PlannedBackend {
    /// What it can add to a text: the line of its cookie, or where a server's clients are sent.
    fileprivate var textBytesMax: Int {
        guard let redirects else { return sticky.lineBytesMax }
        return sticky.lineBytesMax + (0..<table.count).reduce(0) { max($0, redirects[$1].bytes.count) }
    }
}

extension Backend {
    /// Whether anything of it goes by a client's address.
    fileprivate var asksForClients: Bool {
        balance.isHash || sticky == .source || servers.contains { $0.proxyProtocol != nil }
    }
}

extension Policy {
    /// Balancing's policy of the same kind. Which key it is given is for whoever picks.
    fileprivate init(_ policy: Backend.Balance.Policy) {
        self =
            switch policy {
            case .roundRobin: .roundRobin
            case .leastConnections: .leastConnections
            case .powerOfTwo: .powerOfTwo
            case .ewma: .ewma
            case .random: .random
            case .first: .first
            case .hash: .source
            case .maglev: .maglev
            case .ring: .ring
            }
    }
}
