// The connection log of one shard: a line for each relay that ends, handed to the control thread.

internal import Balancing
internal import CLinux
internal import Codecs
internal import Synchronization

/// Makes log lines. Off, it does nothing at all.
struct ShardLog: BitwiseCopyable {
    /// Room for a burst of some thousand lines between two turns of the control thread.
    static let queueBytes = 1 << 20
    private static let lineBytesMax = 1024

    let queue: LogQueue?
    /// What local time is ahead of UTC, and the quarter of an hour for which that was asked: zones
    /// change at whole quarters.
    private var zoneOffsetSeconds = 0
    private var zoneQuarter: UInt64 = .max

    init(queue: LogQueue?) { self.queue = queue }

    /// Queues the line of an ended relay, or counts it as dropped where the queue is full.
    mutating func write(_ relay: UnsafeMutablePointer<Relay>, plan: Plan, now: UInt64, counters: Counters) {
        guard let queue else { return }
        let opened = relay.pointee.openedWallMilliseconds
        lookUpZone(opened)
        var line = TCPLogLine(client: client(of: relay))
        line.acceptedUnixSeconds = Int64(opened / 1000)
        line.acceptedMilliseconds = UInt32(opened % 1000)
        line.zoneOffsetSeconds = zoneOffsetSeconds
        fillNames(&line, relay, plan)
        let isConnected = relay.pointee.connectNanoseconds > 0
        let isServed = relay.pointee.server >= 0 || isConnected
        line.queueMilliseconds = isServed ? Int64(relay.pointee.queueNanoseconds / 1_000_000) : -1
        line.connectMilliseconds = isConnected ? Int64(relay.pointee.connectNanoseconds / 1_000_000) : -1
        line.totalMilliseconds = Int64((now &- relay.pointee.acceptedAt) / 1_000_000)
        line.bytesRead = relay.pointee.directions.1.deliveredBytes
        (line.endedBy, line.endedDuring) = letters(of: relay.pointee)
        line.retries = Int(relay.pointee.retries)
        line.isRedispatched = relay.pointee.retries > 0
        let isQueued = withUnsafeTemporaryAllocation(byteCount: Self.lineBytesMax, alignment: 1) { memory in
            queue.append(UnsafeRawBufferPointer(rebasing: memory[..<line.write(into: memory)]))
        }
        if !isQueued { counters.count(.logLinesDropped) }
    }

    private mutating func lookUpZone(_ wallMilliseconds: UInt64) {
        guard wallMilliseconds / 900_000 != zoneQuarter else { return }
        zoneQuarter = wallMilliseconds / 900_000
        zoneOffsetSeconds = swivel_zone_offset(wallMilliseconds / 1000)
    }

    /// Queues the line of an exchange, or counts it as dropped where the queue is full.
    ///
    /// - Parameter memory: of `LogTemplate.lineBytesMax`, in which the line is made.
    mutating func write(
        _ line: inout HTTPLogLine, _ planned: PlannedLog, wallMilliseconds: UInt64, counters: Counters,
        in memory: UnsafeMutableRawBufferPointer
    ) {
        guard let queue else { return }
        // A template's times are those of the line, and a tunnel's end may lie in another season than its beginning.
        lookUpZone(planned.template == nil ? wallMilliseconds : wallMilliseconds &+ UInt64(line.totalNanoseconds) / 1_000_000)
        line.zoneOffsetSeconds = zoneOffsetSeconds
        let made = line
        let count = planned.template.map { made.write($0, into: memory) } ?? made.write(planned.format, into: memory)
        let isQueued = queue.append(UnsafeRawBufferPointer(rebasing: memory[..<count]))
        if !isQueued { counters.count(.logLinesDropped) }
    }

    private func client(of relay: UnsafeMutablePointer<Relay>) -> TCPLogLine.Client {
        switch relay.pointee.clientAddress {
        case .ipv4(let host, let port): .ipv4(host: host, port: port)
        case .ipv6(let high, let low, let port): .ipv6(high: high, low: low, port: port)
        case .unnamed: .unix(listenerNumber: UInt32(relay.pointee.listener) + 1)
        }
    }

    private func fillNames(_ line: inout TCPLogLine, _ relay: UnsafeMutablePointer<Relay>, _ plan: Plan) {
        let listener = plan.listeners[Int(relay.pointee.listener)]
        let backend = plan.backends[Int(relay.pointee.backend)]
        line.frontend = plan.frontendNames[listener.frontend].bytes
        line.backend = plan.backendNames[Int(relay.pointee.backend)].bytes
        line.processConnections = plan.processLimit.current
        line.frontendConnections = listener.frontendLimit.current
        line.backendConnections = backend.table.currentTotal
        line.backendQueue = backend.queueLimit.current
        let server = Int(relay.pointee.server)
        guard server >= 0 else { return }
        line.server = plan.serverNames[backend.firstServer + server].bytes
        line.serverConnections = Int(backend.table.load(server).pointee.current.load(ordering: .relaxed))
    }

    /// HAProxy's two letters: who ended the session, and what it was doing.
    private func letters(of relay: Relay) -> (UInt8, UInt8) {
        func letter(_ text: Unicode.Scalar) -> UInt8 { UInt8(ascii: text) }
        let during = relay.connectNanoseconds > 0 ? letter("D") : letter("C")
        switch relay.ending {
        case .finished: return (letter("-"), letter("-"))
        case .clientReset: return (letter("C"), during)
        case .serverReset: return (letter("S"), during)
        case .idleTimeout: return (letter("c"), during)
        case .connectFailed: return (letter("S"), letter("C"))
        case .connectTimeout: return (letter("s"), letter("C"))
        case .queueTimeout: return (letter("s"), letter("Q"))
        case .queueFull: return (letter("R"), letter("Q"))
        case .resourcesShort: return (letter("R"), during)
        case .refused: return (letter("P"), letter("R"))
        case .prefaceTimeout: return (letter("c"), letter("R"))
        case .clientLeft: return (letter("C"), letter("R"))
        case .stopped: return (letter("K"), during)
        case .clientSilent: return (letter("c"), during)
        case .serverSilent: return (letter("s"), during)
        case .clientFault: return (letter("C"), during)
        case .serverFault: return (letter("S"), during)
        }
    }
}
