// One run, as data: the engine, the configuration, who comes, what goes wrong. A seed draws one
// (`Scenario.init(seed:)`); a named test writes one down.

import Codecs
import Config
@testable import Engine

/// The network between the shards' sockets and the peers.
struct Network {
    var sendCapacity: ClosedRange<Int> = 20_000...20_000
    var receiveCapacity: ClosedRange<Int> = 20_000...20_000
    var latency: ClosedRange<UInt64> = 0...200_000
}

struct Scenario {
    var seed: UInt64 = 1
    /// Monotonic nanoseconds.
    var startsAt: UInt64 = 1_000_000_000
    /// Virtual nanoseconds after which everything must be over.
    var endsBefore: UInt64 = 600_000_000_000
    var shardCount = 1
    var habits = EngineHabits()
    /// Clients and servers speak HTTP, and the shards know it.
    var isHTTP = false
    /// The shards know nothing of HTTP, though it is spoken.
    var isRelayed = false
    /// Peers may be slower than a timeout allows.
    var hasShortTimeouts = false
    var http = HTTPSettings()
    /// Clients ask for WebSockets.
    var isWebSocket = false
    var webSocket = WebSocketSettings()
    var faults = Faults()
    var network = Network()
    var servers = [ServerHabits()]
    var clients: [ClientPlan] = []

    // The configuration.
    var splice = ProcessOptions.Splice.auto
    var balance = Backend.Balance.roundRobin
    var retriesMax = 2
    var retryBudgetPercent = 20
    // Milliseconds.
    var connectTimeout: UInt64 = 1000
    var tunnelTimeout: UInt64 = 60_000
    var halfCloseTimeout: UInt64 = 30_000
    var connectionsMax = 64
    /// Connections that may wait for a place on a server, and for how many milliseconds.
    var queueMax = 1024
    var queueTimeout: UInt64 = 5000
    /// Each listener's own limit; their count is the number of listeners.
    var listenerLimits: [Int?] = [nil]
    var isLogging = false
    /// Whether clients begin with a PROXY header, a `Preface` of their script.
    var hasPrefaces = false
    /// Clients come from so many addresses in turn; `nil`: each from its own.
    var addressCount: Int?
    /// 0: no limit.
    var connectionsPerAddressMax = 0
    var connectionRatePerAddress: Rate?
    /// The first of the addresses is denied.
    var isFirstAddressDenied = false

    // Resources.
    var pipesMax = 4
    var pipeBytes = 256 * 1024
    /// Descriptors beside the listeners.
    var descriptorsMax: Int?
    var descriptorChanges: [(at: UInt64, descriptorsMax: Int?)] = []

    // The end. Without a time the shards drain once the last client has left.
    var drainsAt: UInt64?
    var stopsAt: UInt64?
    var drainPause: UInt64 = 1_000_000

    /// Every connection must come to a clean end.
    var isFair = false

    init() {}

    /// Networks of those who connect, and of those whom headers name.
    static let peers: UInt32 = 0x0a00_0000
    static let named: UInt32 = 0x0b00_0000

    /// The address of the client with a number, as rules see it.
    func address(_ number: Int) -> HostAddress {
        .ipv4((hasPrefaces ? Scenario.named : Scenario.peers) + UInt32(addressCount.map { number % $0 } ?? number))
    }

    var configuration: Configuration {
        var backend = Backend(
            name: "servers",
            servers: servers.enumerated().map { index, habits in
                var server = Server(
                    name: "server\(index)", address: .socket(.ipv4(host: 0x0a01_0001, port: UInt16(index + 1))))
                server.weight = habits.weight
                server.connectionsMax = habits.connectionsMax
                server.proxyProtocol = habits.introduction
                return server
            })
        backend.balance = balance
        backend.retriesMax = retriesMax
        backend.retryBudgetPercent = retryBudgetPercent
        backend.connectTimeoutMilliseconds = connectTimeout
        backend.queueMax = queueMax
        backend.queueTimeoutMilliseconds = queueTimeout
        if isHTTP { http.apply(to: &backend) }
        if isWebSocket { webSocket.apply(to: &backend) }
        let listeners = listenerLimits.enumerated().map { index, limit in
            var listener = Listener(address: .ipv4(host: 0x7f00_0001, port: UInt16(8000 + index)))
            listener.connectionsMax = limit
            if hasPrefaces {
                listener.proxyProtocol = .any
                listener.proxyTrusted = [Codecs.Network(containing: .ipv4(Scenario.peers), prefixBits: 8)]
            }
            return listener
        }
        var frontend = Frontend(name: "front", listeners: listeners, backend: "servers")
        frontend.mode = isHTTP && !isRelayed ? .http : .tcp
        frontend.connectionsPerAddressMax = connectionsPerAddressMax
        frontend.connectionRatePerAddress = connectionRatePerAddress
        if isFirstAddressDenied { frontend.denied = [Codecs.Network(containing: address(0), prefixBits: 32)] }
        frontend.tunnelTimeoutMilliseconds = tunnelTimeout
        frontend.halfCloseTimeoutMilliseconds = halfCloseTimeout
        if isHTTP { http.apply(to: &frontend) }
        if isWebSocket { webSocket.apply(to: &frontend) }
        var process = ProcessOptions()
        process.splice = splice
        if isWebSocket { process.drainSpreadMilliseconds = webSocket.drainSpread }
        var log = LogOptions()
        if isLogging { log.accessTarget = .standard }
        return Configuration(process: process, log: log, frontends: [frontend], backends: [backend])
    }
}
