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
    var backend: Int
    /// Clients speak HTTP here; else their bytes are passed on as they are.
    var isHTTP: Bool
    /// 0 for a Unix socket, and where the kernel was to choose.
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
                    isHTTP: configuration.frontends.contains { $0.backend == backend.name && $0.mode == .http },
                    exchanges: PlannedExchanges(backend, shardCount: shardCount), retriesMax: backend.retriesMax,
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
                precondition(backend != nil, "validation has matched every frontend with a backend")
                let isKnownToServers = configuration.backends[backend!].servers.contains { $0.proxyProtocol != nil }
                let needsClientAddress =
                    isLogging || frontend.mode == .http || !admissions[index].isEmpty
                    || configuration.backends[backend!].balance.isHash || isKnownToServers
                return frontend.listeners.map { listener in
                    PlannedListener(
                        frontend: index, backend: backend!, isHTTP: frontend.mode == .http,
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
        backends.deallocate()
        listeners.deallocate()
        frontendLimits.deallocate()
        admissions.deallocate()
        frontendNames.deallocate()
        backendNames.deallocate()
        serverNames.deallocate()
        serverTexts.deallocate()
        http.deallocate()
        processLimit.destroy()
    }

    private static func store<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return memory
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
