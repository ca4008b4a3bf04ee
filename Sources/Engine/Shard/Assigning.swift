// From a request to a server: the choice, a pooled connection or a new one, the queue, and another choice where
// it fails.

internal import Balancing
internal import Codecs
internal import Config
internal import Glibc
internal import Synchronization

extension Shard where IO: ~Copyable {
    private static var waitMilliseconds: UInt64 { 50 }

    // MARK: - The choice

    /// Picks a server for the request. Where none has room it waits.
    mutating func assign(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let number = Int(exchange.pointee.backend)
        let table = plan.backends[number].table
        let server =
            preferredServer(exchange, table)
            ?? selectors[number].pick(
                from: table, tried: TriedServers(bits: exchange.pointee.triedServers), random: io.random(),
                key: exchange.pointee.key, now: io.now)
        if let server { use(server, name, exchange) } else { wait(name, exchange) }
    }

    /// Sends the request to a server on which a place was taken: on a connection that is idle, or on a new one.
    mutating func use(_ server: Int, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        exchange.pointee.server = Int32(truncatingIfNeeded: server)
        exchange.pointee.facts.insert(.hasPlace)
        exchange.pointee.facts.remove(.waitsForDescriptor)
        exchange.pointee.connectingAt = io.now
        exchange.pointee.connectedAt = 0
        noteChoice(server, exchange)
        if let redirects = plan.backends[Int(exchange.pointee.backend)].redirects, !redirects[server].bytes.isEmpty {
            return redirect(name, exchange, to: redirects[server].bytes)
        }
        if let handle = takePooled(server, exchange), let connection = http.connections.find(handle) {
            exchange.pointee.facts.insert(.reused)
            counters.count(.reused)
            return join(name, exchange, handle, connection)
        }
        exchange.pointee.facts.remove(.reused)
        open(server, name, exchange)
    }

    /// Asks for a new connection to the server.
    private mutating func open(_ server: Int, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        let address = backend.addresses[server]
        let options = ServerSocketOptions(
            source: backend.sources.source(for: address),
            keepaliveSeconds: plan.listeners[Int(exchange.pointee.listener)].keepaliveSeconds)
        let descriptor = io.makeSocket(for: address, options)
        guard descriptor >= 0 else { return waitForDescriptor(name, exchange, -descriptor) }
        var made = HTTPConnection(role: .server, phase: .connecting, descriptor: descriptor, at: io.now)
        made.backend = exchange.pointee.backend
        made.server = exchange.pointee.server
        made.exchange = name
        made.facts.insert(.opening)
        guard let handle = http.connections.insert(made), let connection = http.connections.find(handle) else {
            io.close(descriptor, abruptly: true)
            return giveUp(name, exchange, .resourcesShort)
        }
        exchange.pointee.connection = handle
        exchange.pointee.descriptorWaitSince = nil
        counters.count(.serverConnects)
        io.connect(descriptor, to: address, Token(.open, handle))
        arm(handle, connection)
    }

    /// No descriptor: idle connections to servers are given up, and the request waits a little, at most as long as
    /// a connect may take.
    private mutating func waitForDescriptor(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ reason: Int32) {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        leavePlace(exchange)
        let now = Tick(nanoseconds: io.now)
        guard reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM else {
            counters.count(.connectErrors)
            return giveUp(name, exchange, .connectFailed)
        }
        exchange.pointee.facts.insert(.waitsForDescriptor)
        if exchange.pointee.descriptorWaitSince == nil {
            exchange.pointee.descriptorWaitSince = now
            exchange.pointee.phaseDeadline = now.after(milliseconds: backend.connectTimeoutMilliseconds)
        }
        pauseForDescriptors(Self.waitMilliseconds * 1_000_000)
        if exchange.pointee.phaseDeadline.hasPassed(at: now) { return giveUp(name, exchange, .resourcesShort) }
        guard let client = http.connections.find(exchange.pointee.client) else { return }
        schedule(exchange.pointee.client, client, at: now.after(milliseconds: Self.waitMilliseconds))
    }

    /// The connect has ended, well or not.
    mutating func opened(_ result: Int32, on handle: Handle) {
        guard let connection = findConnection(handle) else { return }
        connection.pointee.facts.remove(.opening)
        if connection.pointee.phase == .closing { return releaseIfFree(handle, connection) }
        let name = connection.pointee.exchange
        guard let exchange = http.exchanges.find(name) else { return close(handle, connection, abruptly: true) }
        let result = result < 0 ? result : introduce(exchange, connection)
        guard result >= 0 else { return openFailed(-result, name, exchange) }
        join(name, exchange, handle, connection)
    }

    private mutating func openFailed(_ reason: Int32, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        // Only the deadline cancels a connect of a connection that is not closing.
        let isTimeout = reason == ECANCELED || reason == ETIMEDOUT
        counters.count(isTimeout ? .connectTimeouts : .connectErrors)
        let backend = plan.backends[Int(exchange.pointee.backend)]
        let server = Int(exchange.pointee.server)
        tally.add(1, to: .connectErrors, of: backend.firstServer + server)
        backend.table.load(server).pointee.failures.wrappingAdd(1, ordering: .relaxed)
        if backend.exchanges.observesLatency { backend.table.observeFailure(server, at: io.now) }
        exchange.pointee.triedServers = triedServers(exchange).bits
        serverFailed(name, exchange, isTimeout ? .connectTimeout : .connectFailed)
    }

    /// Those that were tried, the present one included.
    func triedServers(_ exchange: UnsafeMutablePointer<Exchange>) -> TriedServers {
        var tried = TriedServers(bits: exchange.pointee.triedServers)
        tried.insert(Int(exchange.pointee.server))
        return tried
    }

    /// The server's connection serves the exchange from now on.
    private mutating func join(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ connection: UnsafeMutablePointer<HTTPConnection>
    ) {
        exchange.pointee.connection = handle
        exchange.pointee.connectedAt = io.now
        connection.pointee.exchange = name
        connection.pointee.sentBytes = 0
        connection.pointee.headEnd = HeadEnd()
        connection.pointee.enter(.exchanging, at: Tick(nanoseconds: io.now))
        connection.pointee.lastActivity = connection.pointee.phaseSince
        connection.pointee.facts.insert(.hasServed)
        connection.pointee.facts.remove(.full)
        connection.pointee.output.append(exchange.pointee.request, in: io.buffers)
        exchange.pointee.request = BufferQueue()
        list(connection, handle)
        // What of the body has come meanwhile goes on, too.
        let clientName = exchange.pointee.client
        guard !exchange.pointee.requestBody.isEnded, let client = http.connections.find(clientName) else { return }
        list(client, clientName)
        takeBody(name, exchange, client)
    }

    // MARK: - The queue

    /// No server has room: the request waits for a place, or is answered where none could ever take it or too
    /// many wait.
    private mutating func wait(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let number = Int(exchange.pointee.backend)
        let backend = plan.backends[number]
        guard let group = backend.table.groupToWaitFor(tried: TriedServers(bits: exchange.pointee.triedServers)) else {
            return giveUp(name, exchange, exchange.pointee.ending == .connectTimeout ? .connectTimeout : .connectFailed)
        }
        guard backend.queueLimit.reserve() else {
            counters.count(.queueFull)
            return giveUp(name, exchange, .queueFull)
        }
        let place = list(of: number, group)
        exchange.pointee.facts.insert(.queued)
        exchange.pointee.facts.remove(.waitsForDescriptor)
        if group == .backups {
            exchange.pointee.facts.insert(.waitsForBackups)
        } else {
            exchange.pointee.facts.remove(.waitsForBackups)
        }
        exchange.pointee.queuedAt = io.now
        exchange.pointee.phaseDeadline = Tick(nanoseconds: io.now).after(milliseconds: backend.queueTimeoutMilliseconds)
        // It may take its time: receive buffers are not to wait with it.
        if !exchange.pointee.request.moveToSpill(in: io.buffers) { counters.count(.spillExhausted) }
        queues[place].append(name.slot, in: http.waitingLinks)
        waitingCount += 1
        counters.count(.queued)
        if let client = http.connections.find(exchange.pointee.client) { arm(exchange.pointee.client, client) }
        guard queues[place].count == 1 else { return }
        backend.table.wait(shard: index, for: group)
        // A place that came free before the bit was seen goes to whoever asks once more.
        let tried = TriedServers(bits: exchange.pointee.triedServers)
        if let server = selectors[number].pick(
            from: backend.table, tried: tried, random: io.random(), key: exchange.pointee.key, now: io.now)
        {
            leaveExchangeQueue(exchange, name.slot)
            use(server, name, exchange)
        }
    }

    /// The request waits no longer: it got a place, or gave up. No more for its turn, either.
    mutating func leaveExchangeQueue(_ exchange: UnsafeMutablePointer<Exchange>, _ slot: UInt32) {
        leaveLine(exchange, slot)
        exchange.pointee.facts.remove(.waitsForDescriptor)
        guard exchange.pointee.facts.contains(.queued) else { return }
        exchange.pointee.facts.remove(.queued)
        let number = Int(exchange.pointee.backend)
        let group: ServerTable.Group = exchange.pointee.facts.contains(.waitsForBackups) ? .backups : .primaries
        let place = list(of: number, group)
        queues[place].remove(slot, in: http.waitingLinks)
        waitingCount -= 1
        if queues[place].count == 0 { plan.backends[number].table.stopWaiting(shard: index, for: group) }
        plan.backends[number].queueLimit.release()
        exchange.pointee.queueNanoseconds &+= max(1, io.now &- exchange.pointee.queuedAt)
    }

    /// A place came free for the exchange that waits longest.
    mutating func granted(_ server: Int, to slot: UInt32) -> Bool {
        guard let name = http.exchanges.tenant(of: Int(slot)), let exchange = http.exchanges.find(name) else { return false }
        leaveExchangeQueue(exchange, slot)
        use(server, name, exchange)
        return true
    }

    /// Gives back the place on the server.
    mutating func leavePlace(_ exchange: UnsafeMutablePointer<Exchange>) {
        guard exchange.pointee.facts.contains(.hasPlace) else { return }
        exchange.pointee.facts.remove(.hasPlace)
        freePlace(on: Int(exchange.pointee.server), of: Int(exchange.pointee.backend))
    }
}
