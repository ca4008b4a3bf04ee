// From a client to a server: the choice, the connect, and another choice where it fails.

internal import Balancing
internal import Config
internal import Glibc
internal import Synchronization

extension Shard where IO: ~Copyable {
    /// How soon a connect for which there was no descriptor is tried again.
    private static var waitMilliseconds: UInt64 { 50 }

    /// Picks a server and asks for a connection to it. Where none has room the relay waits.
    mutating func beginConnect(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let number = Int(relay.pointee.backend)
        let backend = plan.backends[number]
        let tried = TriedServers(bits: relay.pointee.triedServers)
        let server =
            preferredServer(relay, backend)
            ?? selectors[number].pick(from: backend.table, tried: tried, random: io.random(), key: key(of: relay))
        if let server { connect(handle, relay, to: server) } else { wait(handle, relay) }
    }

    /// What policies that hash go by: the client's address, without its port.
    func key(of relay: UnsafeMutablePointer<Relay>) -> UInt64 { addressKey(relay.pointee.clientAddress) }

    /// Connects to a server on which a place was taken.
    mutating func connect(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, to server: Int) {
        let backend = plan.backends[Int(relay.pointee.backend)]
        relay.pointee.server = Int32(truncatingIfNeeded: server)
        noteChoice(server, relay, backend)
        let address = backend.addresses[server]
        let options = ServerSocketOptions(
            source: backend.sources.source(for: address), keepaliveSeconds: plan.listeners[Int(relay.pointee.listener)].keepaliveSeconds)
        let descriptor = io.makeSocket(for: address, options)
        let now = Tick(nanoseconds: io.now)
        guard descriptor >= 0 else { return waitForDescriptor(handle, relay, -descriptor, now) }
        relay.pointee.serverDescriptor = descriptor
        relay.pointee.phase = .connecting
        relay.pointee.isConnectInFlight = true
        relay.pointee.phaseDeadline = now.after(milliseconds: backend.connectTimeoutMilliseconds)
        timers.schedule(handle.slot, at: relay.pointee.phaseDeadline)
        io.connect(descriptor, to: address, Token(.connect, handle))
    }

    /// No descriptor: the client waits a little, at most as long as a connect may take, and no further
    /// client is accepted meanwhile.
    private mutating func waitForDescriptor(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ reason: Int32, _ now: Tick
    ) {
        leaveServer(relay)
        guard reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM else {
            counters.count(.connectErrors)
            return end(handle, relay, .connectFailed, isAbrupt: true)
        }
        if relay.pointee.phase != .waiting {
            relay.pointee.phase = .waiting
            let timeout = plan.backends[Int(relay.pointee.backend)].connectTimeoutMilliseconds
            relay.pointee.phaseDeadline = now.after(milliseconds: timeout)
        }
        pauseForDescriptors(Self.waitMilliseconds * 1_000_000)
        if relay.pointee.phaseDeadline.hasPassed(at: now) { return end(handle, relay, .resourcesShort, isAbrupt: true) }
        timers.schedule(handle.slot, at: now.after(milliseconds: Self.waitMilliseconds))
    }

    /// The connect has ended, well or not.
    mutating func connected(_ result: Int32, on handle: Handle) {
        guard let relay = find(handle) else { return }
        relay.pointee.isConnectInFlight = false
        if relay.pointee.phase == .closing { return closeIfNothingInFlight(handle, relay) }
        let result = result < 0 ? result : introduce(relay)
        guard result >= 0 else { return connectFailed(handle, relay, -result) }
        relay.pointee.phase = .established
        relay.pointee.connectNanoseconds = max(1, io.now &- relay.pointee.acceptedAt &- relay.pointee.queueNanoseconds)
        touch(relay)
        tally.add(1, to: .sessions, of: globalServer(relay))
        scheduleIdleTimer(handle, relay)
        for side in [Side.up, .down] {
            let direction = relay.direction(side)
            if plan.splice == .on { direction.pointee.facts.insert(.changing) }
            list(direction, handle, side)
        }
    }

    private mutating func connectFailed(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ reason: Int32) {
        // Only the deadline cancels a connect of a relay that is not closing.
        let isTimeout = reason == ECANCELED || reason == ETIMEDOUT
        counters.count(isTimeout ? .connectTimeouts : .connectErrors)
        tally.add(1, to: .connectErrors, of: globalServer(relay))
        let backend = plan.backends[Int(relay.pointee.backend)]
        backend.table.load(Int(relay.pointee.server)).pointee.failures.wrappingAdd(1, ordering: .relaxed)
        relay.pointee.ending = isTimeout ? .connectTimeout : .connectFailed
        var tried = TriedServers(bits: relay.pointee.triedServers)
        tried.insert(Int(relay.pointee.server))
        relay.pointee.triedServers = tried.bits
        // A server that got half a header must not take it for a whole one.
        io.close(relay.pointee.serverDescriptor, abruptly: true)
        relay.pointee.serverDescriptor = -1
        leaveServer(relay)
        guard Int(relay.pointee.retries) < backend.retriesMax else {
            counters.count(.unserved)
            return end(handle, relay, relay.pointee.ending, isAbrupt: true)
        }
        relay.pointee.retries += 1
        counters.count(.retries)
        beginConnect(handle, relay)
    }

    /// Gives back the place on the server.
    mutating func leaveServer(_ relay: UnsafeMutablePointer<Relay>) {
        guard relay.pointee.server >= 0 else { return }
        let server = Int(relay.pointee.server)
        relay.pointee.server = -1
        freePlace(on: server, of: Int(relay.pointee.backend))
    }

    func globalServer(_ relay: UnsafeMutablePointer<Relay>) -> Int {
        plan.backends[Int(relay.pointee.backend)].firstServer &+ Int(relay.pointee.server)
    }
}
