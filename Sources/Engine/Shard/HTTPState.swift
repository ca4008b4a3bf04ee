// What a shard keeps for http mode: its connections and exchanges, their timers, the pools, and memory in
// which heads are read and written.
// Knows tables. Knows nothing of what is done with them.

internal import Balancing
internal import CLinux
internal import Codecs

/// Tables of http mode. Memory is reserved at start and becomes present as it is used.
struct HTTPState: ~Copyable {
    var connections: Slab<HTTPConnection>
    var exchanges: Slab<Exchange>
    /// Over the slots of `connections`.
    var timers: TimerWheel
    /// Connections with orders to carry out before the shard sleeps.
    var listed: BoundedQueue<Handle>
    /// Connections that have ended, and whose slots are freed at the end of the turn.
    var released: BoundedQueue<Handle>
    /// Connections that found no receive buffer.
    var starved: BoundedQueue<Handle>
    /// By the servers' places among all backends' servers.
    let pools: UnsafeMutablePointer<ServerPool>
    private let poolCount: Int
    let fields: UnsafeMutablePointer<HeadField>
    /// Where a head that came in pieces is put together, and where a new one is written.
    let gathered: UnsafeMutableRawBufferPointer
    let written: UnsafeMutableRawBufferPointer
    /// Where a text is written that is used at once: a path as routes know it, a Location, a cookie.
    let scratch: UnsafeMutableRawBufferPointer
    /// The values of the fields that routes ask for, and where those of each name begin.
    let headerValues: UnsafeMutablePointer<UnsafeRawBufferPointer>
    let headerStarts: UnsafeMutablePointer<Int>
    /// For the answer of our own that is written next: where a redirect leads, and when to come again.
    var location = UnsafeRawBufferPointer(start: nil, count: 0)
    var retryAfterSeconds: UInt64 = 0
    var request = RequestHead()
    var response = ResponseHead()
    let clientsMax: Int
    var clientCount = 0
    var pooledCount = 0
    let waitingLinks: WaitingLinks
    /// Of backends with a pace, by `lineNumbers`: who waits for a turn.
    private let lines: UnsafeMutablePointer<PacedLine>
    private let lineNumbers: UnsafeMutablePointer<UInt16>
    private let lineCount: Int
    /// By the slots of relays: what those that are tunnels know besides.
    let tunnels: UnsafeMutablePointer<Tunnel>
    private let tunnelsMax: Int
    private let dateText: UnsafeMutableRawBufferPointer
    private var dateSecond = UInt64.max

    static var dateBytes: Int { 29 }
    /// What a rewritten head may have beside what came: forwarding fields, the longest Host twice.
    private static var addedBytes: Int { 64 * 1024 }

    /// - Parameter clientsMax: clients of this shard; 0 where no frontend is in http mode.
    init(clientsMax: Int, plan: Plan, now: UInt64) {
        self.clientsMax = clientsMax
        let connectionsMax = clientsMax == 0 ? 1 : 4 * clientsMax + 4096
        connections = Slab(capacity: connectionsMax)
        exchanges = Slab(capacity: max(1, clientsMax))
        waitingLinks = WaitingLinks(capacity: max(1, clientsMax))
        lineNumbers = .allocate(capacity: max(1, plan.backends.count))
        var lineCount = 0
        for (place, backend) in plan.backends.enumerated() {
            (lineNumbers + place).initialize(to: UInt16(truncatingIfNeeded: lineCount))
            if backend.webSocket.pace != nil { lineCount += 1 }
        }
        self.lineCount = lineCount
        lines = .allocate(capacity: max(1, lineCount))
        for place in 0..<lineCount { (lines + place).initialize(to: PacedLine(capacity: max(1, clientsMax))) }
        tunnelsMax = max(1, clientsMax)
        tunnels = Pages.reserve(tunnelsMax, of: Tunnel.self)
        timers = TimerWheel(capacity: connectionsMax, now: Tick(nanoseconds: now))
        listed = BoundedQueue(capacity: 2 * connectionsMax + 16_384)
        released = BoundedQueue(capacity: connectionsMax)
        starved = BoundedQueue(capacity: 2 * connectionsMax + 16_384)
        poolCount = plan.serverCount
        pools = .allocate(capacity: max(1, plan.serverCount))
        pools.initialize(repeating: ServerPool(), count: max(1, plan.serverCount))
        let headBytesMax = plan.http.reduce(32 * 1024) { max($0, $1.limits.headBytesMax) }
        let fieldsMax = plan.http.reduce(HTTPRules.responseFieldsMin) { max($0, $1.responseLimits.fieldsMax) }
        fields = .allocate(capacity: fieldsMax)
        gathered = .allocate(byteCount: headBytesMax, alignment: 64)
        let textBytesMax = plan.textBytesMax
        written = .allocate(byteCount: headBytesMax + Self.addedBytes + textBytesMax, alignment: 64)
        scratch = .allocate(byteCount: headBytesMax + textBytesMax, alignment: 64)
        // A field has one name.
        headerValues = .allocate(capacity: fieldsMax)
        headerStarts = .allocate(capacity: RouteHeaderNames.countMax + 1)
        dateText = .allocate(byteCount: Self.dateBytes, alignment: 8)
    }

    deinit {
        waitingLinks.destroy()
        lines.deinitialize(count: lineCount)
        lines.deallocate()
        lineNumbers.deallocate()
        Pages.release(tunnels, count: tunnelsMax)
        pools.deallocate()
        fields.deallocate()
        gathered.deallocate()
        written.deallocate()
        scratch.deallocate()
        headerValues.deallocate()
        headerStarts.deallocate()
        dateText.deallocate()
    }

    /// Who waits for a turn of a backend that has a pace.
    func line(of backend: Int) -> UnsafeMutablePointer<PacedLine> { lines + Int(lineNumbers[backend]) }

    /// The present time as a Date field has it.
    mutating func date() -> UnsafeRawBufferPointer {
        let second = swivel_wall_ms() / 1000
        if second != dateSecond {
            dateSecond = second
            _ = DateField.write(unixSeconds: Int64(second), into: dateText)
        }
        return UnsafeRawBufferPointer(dateText)
    }
}
