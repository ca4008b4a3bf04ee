// The end of WebSockets by our doing: peers that do not answer, peers that break the rules, and drains. Also the
// timer that all of it hangs on, and our pings (see `Pinging`), which find the first.

internal import Balancing
internal import Codecs

extension Shard where IO: ~Copyable {
    // MARK: - Timers

    /// The next tick at which something is to be done about the tunnel, if it stays as it is; `nil`: nothing.
    func nextLook(_ tunnel: UnsafeMutablePointer<Tunnel>, _ webSocket: PlannedWebSocket) -> Tick? {
        if tunnel.pointee.facts.contains(.looking) { return Tick(nanoseconds: io.now).after(milliseconds: Self.lookMilliseconds) }
        if tunnel.pointee.facts.contains(.closing) { return tunnel.pointee.closingUntil }
        var next: Tick? = tunnel.pointee.facts.contains(.dated) ? tunnel.pointee.closeAt : nil
        guard webSocket.pingIntervalMilliseconds > 0 else { return next }
        for side in [Side.up, .down] {
            let due = pingDue(tunnel, side, webSocket)
            if let seen = next { if due.since(seen) < 0 { next = due } } else { next = due }
        }
        return next
    }

    /// The timer of a tunnel has fired. Answers `false` where there was nothing to do for it.
    mutating func tunnelExpired(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, at now: Tick) -> Bool {
        let tunnel = http.tunnels + Int(handle.slot)
        let facts = tunnel.pointee.facts
        if facts.contains(.closing) {
            closingExpired(handle, relay, tunnel, at: now)
            return true
        }
        if facts.contains(.dated), tunnel.pointee.closeAt.hasPassed(at: now) {
            tunnel.pointee.facts.remove(.dated)
            counters.count(isDraining ? .tunnelsDrained : .tunnelsRebalanced)
            close(handle, relay, tunnel, toClient: webSocket(of: relay).drainCode, toServer: 0)
            return true
        }
        let webSocket = webSocket(of: relay)
        guard webSocket.pingIntervalMilliseconds > 0 else { return false }
        for side in [Side.up, .down] where pingDue(tunnel, side, webSocket).hasPassed(at: now) {
            askForLife(handle, relay, tunnel, side, at: now)
            if relay.pointee.phase != .established || tunnel.pointee.facts.contains(.closing) { return true }
        }
        return false
    }

    func webSocket(of relay: UnsafeMutablePointer<Relay>) -> PlannedWebSocket {
        plan.backends[Int(relay.pointee.backend)].webSocket
    }

    /// Looks at the tunnel as soon as what is being written has left.
    mutating func lookSoon(_ handle: Handle) {
        let tunnel = http.tunnels + Int(handle.slot)
        // A look is never put off, whatever comes meanwhile.
        guard !tunnel.pointee.facts.contains(.looking) else { return }
        tunnel.pointee.facts.insert(.looking)
        timers.schedule(handle.slot, at: Tick(nanoseconds: io.now).after(milliseconds: Self.lookMilliseconds))
    }

    private static var lookMilliseconds: UInt64 { 10 }

    // MARK: - Closing

    /// Neither side said anything for the tunnel's timeout: both are told that this is the end.
    mutating func fellIdle(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        relay.pointee.ending = .idleTimeout
        close(handle, relay, http.tunnels + Int(handle.slot), toClient: CloseCode.goingAway, toServer: CloseCode.goingAway)
    }

    /// Both sides have sent their closes. The server ends the connection first (RFC 6455 section 7.1.1), so that it is
    /// not we who remember it; one that does not is not waited for long.
    mutating func bothClosed(_ handle: Handle, _ tunnel: UnsafeMutablePointer<Tunnel>) {
        guard !tunnel.pointee.facts.contains(.closing) else { return lookSoon(handle) }
        tunnel.pointee.facts.insert(.closing)
        tunnel.pointee.closingUntil = Tick(nanoseconds: io.now).after(milliseconds: Self.lastPatienceMilliseconds)
        timers.schedule(handle.slot, at: tunnel.pointee.closingUntil)
    }

    /// The source of `side` broke the rules: it is told which, and the other side that this is the end. Both as soon as
    /// what it said before is on its way.
    mutating func violated(
        _ fault: FrameFault, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>,
        _ side: Side
    ) {
        // What follows is no frame either, and was counted.
        if tunnel.pointee.facts.contains(side.sourceDead) { return }
        counters.count(.framesMalformed)
        if relay.pointee.ending == .finished { relay.pointee.ending = side == .up ? .clientFault : .serverFault }
        tunnel.pointee.facts.insert(side.sourceDead)
        if side == .up {
            beginClosing(handle, tunnel, toClient: fault.closeCode, toServer: CloseCode.goingAway)
        } else {
            beginClosing(handle, tunnel, toClient: CloseCode.badGateway, toServer: fault.closeCode)
        }
    }

    /// Begins to end a tunnel: closes go where a code is given, each once the frame on its way there is whole.
    mutating func close(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, toClient: UInt16,
        toServer: UInt16
    ) {
        beginClosing(handle, tunnel, toClient: toClient, toServer: toServer)
        advanceClosing(handle, relay, tunnel)
    }

    private mutating func beginClosing(
        _ handle: Handle, _ tunnel: UnsafeMutablePointer<Tunnel>, toClient: UInt16, toServer: UInt16
    ) {
        let isFirst = !tunnel.pointee.facts.contains(.closing)
        tunnel.pointee.facts.insert(.closing)
        tunnel.pointee.noteClose(toClient != 0 ? toClient : toServer, by: .balancer)
        if toClient != 0 {
            tunnel.pointee.facts.insert(.closesToClient)
            tunnel.pointee.codeToClient = toClient
        }
        if toServer != 0 {
            tunnel.pointee.facts.insert(.closesToServer)
            tunnel.pointee.codeToServer = toServer
        }
        guard isFirst else { return }
        tunnel.pointee.closingUntil = Tick(nanoseconds: io.now).after(milliseconds: Tunnel.closePatienceMilliseconds)
        timers.schedule(handle.slot, at: tunnel.pointee.closingUntil)
    }

    /// Writes the closes that can be written, and where nobody is waited for any more, sees to the end.
    mutating func advanceClosing(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>
    ) {
        guard tunnel.pointee.facts.contains(.closing) else { return }
        writeCloses(handle, relay, tunnel)
        if relay.pointee.phase == .established, isOverByUs(relay, tunnel) { lookSoon(handle) }
    }

    /// Whether we have ended the tunnel and nobody is waited for. Where it is they who have ended it, the server closes
    /// first.
    func isOverByUs(_ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>) -> Bool {
        tunnel.pointee.facts.contains(.closing) && isOver(relay, tunnel)
            && !tunnel.pointee.facts.isDisjoint(with: [.closedToClient, .closedToServer, .clientDead, .serverDead])
    }

    /// Whether neither side has anything left to say or to hear.
    private func isOver(_ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>) -> Bool {
        isDone(relay, tunnel, .up) && isDone(relay, tunnel, .down)
    }

    /// Whether nothing is awaited of the source of `side`.
    private func isDone(_ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side) -> Bool {
        !tunnel.pointee.facts.isDisjoint(with: [side.sourceClosed, side.sourceDead])
            || relay.direction(side).pointee.facts.contains(.ended)
    }

    private mutating func closingExpired(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, at now: Tick
    ) {
        tunnel.pointee.facts.remove(.looking)
        let areOursWritten = tunnel.pointee.facts.isDisjoint(with: [.closesToClient, .closesToServer])
        let isOver = isOver(relay, tunnel) && areOursWritten && isCloseWhole(relay, tunnel, .up) && isCloseWhole(relay, tunnel, .down)
        if isOver, hasTaken(relay, .up), hasTaken(relay, .down) { return endClosed(handle, relay) }
        guard tunnel.pointee.closingUntil.hasPassed(at: now) else {
            return isOver ? lookSoon(handle) : timers.schedule(handle.slot, at: tunnel.pointee.closingUntil)
        }
        // A close of ours waits for the end of a frame that comes; or it is on its way, or all has been said, or all that
        // the client had to say, and somebody still takes it.
        let isComing = isComing(tunnel, .up, at: now) || isComing(tunnel, .down, at: now)
        let isOnItsWay = isOnItsWay(relay, tunnel, .up) || isOnItsWay(relay, tunnel, .down)
        let isAllSaid = isOver || (tunnel.pointee.facts.contains(.clientClosed) && !isFlushed(relay, .up))
        if isComing || ((isAllSaid || isOnItsWay) && isStillMoving(relay, holds: true)) {
            tunnel.pointee.closingUntil = now.after(milliseconds: Self.lastPatienceMilliseconds)
            return timers.schedule(handle.slot, at: tunnel.pointee.closingUntil)
        }
        // Somebody has not answered. The server, where it was to hear it from its client, hears it from us.
        if !tunnel.pointee.facts.contains(.clientClosed), mayWrite(relay, tunnel, .up), !isDone(relay, tunnel, .down) {
            relay.pointee.ending = areOursWritten ? .clientSilent : .serverSilent
            tunnel.pointee.facts.formUnion([.closesToServer, .clientDead])
            tunnel.pointee.codeToServer = CloseCode.goingAway
            writeCloses(handle, relay, tunnel)
            tunnel.pointee.closingUntil = now.after(milliseconds: Self.lastPatienceMilliseconds)
            return timers.schedule(handle.slot, at: tunnel.pointee.closingUntil)
        }
        end(handle, relay, relay.pointee.ending == .finished ? .stopped : relay.pointee.ending, isAbrupt: true)
    }

    /// Whether a close of ours waits for the end of a frame of the source of `side`, and that goes on coming.
    private func isComing(_ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side, at now: Tick) -> Bool {
        let heard = side == .up ? tunnel.pointee.clientHeard : tunnel.pointee.serverHeard
        return tunnel.pointee.facts.contains(side.closes) && now.since(heard) < Self.frameTicksMax
    }

    /// Whether a close of ours stands behind bytes that the target of `side` has yet to take: it cannot have answered it.
    private mutating func isOnItsWay(
        _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side
    ) -> Bool {
        let isOwed = !tunnel.pointee.facts.isDisjoint(with: [side.closes, side.closed])
        return isOwed && !tunnel.pointee.facts.contains(side.opposite.sourceDead) && !hasTaken(relay, side)
    }

    /// Both sides have what was for them. Only who was silent is reset: its kernel may hold on to bytes for long.
    private mutating func endClosed(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        relay.pointee.sparesClient = relay.pointee.ending != .clientSilent
        relay.pointee.sparesServer = relay.pointee.ending != .serverSilent
        end(handle, relay, relay.pointee.ending, isAbrupt: !relay.pointee.sparesClient || !relay.pointee.sparesServer)
    }

    /// Whether the target of `side` has acknowledged everything; one that was silent is not waited for.
    private mutating func hasTaken(_ relay: UnsafeMutablePointer<Relay>, _ side: Side) -> Bool {
        if relay.pointee.ending == (side == .up ? .serverSilent : .clientSilent) { return true }
        return isFlushed(relay, side) && io.unsent(on: relay.pointee.target(of: side)) <= 0
    }

    /// Three seconds: a frame of which nothing comes for longer is not waited for.
    private static var frameTicksMax: Int32 { 360 }
    private static var lastPatienceMilliseconds: UInt64 { 1_000 }

    /// Whether the close of the source of `side`, if it has begun, has come to its end: a reason may follow its code.
    private func isCloseWhole(
        _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side
    ) -> Bool {
        tunnel.reader(side).pointee.isBetweenFrames || !tunnel.pointee.facts.contains(side.sourceClosed)
            || relay.direction(side).pointee.facts.contains(.ended) || tunnel.pointee.facts.contains(side.closed)
    }

    func isFlushed(_ relay: UnsafeMutablePointer<Relay>, _ side: Side) -> Bool {
        let direction = relay.direction(side)
        return direction.pointee.queue.isEmpty && !direction.pointee.facts.contains(.sending)
    }

    // MARK: - Drains

    /// Tunnels whose frames are read end evenly over the drain, so that their clients do not come back all at once.
    mutating func drainTunnels() {
        drainEnd = Tick(nanoseconds: io.now).after(milliseconds: plan.drainSpreadMilliseconds)
        var total: UInt64 = 0
        for slot in 0..<relays.walkEnd where closable(slot) != nil { total += 1 }
        var place: UInt64 = 0
        for slot in 0..<relays.walkEnd {
            guard let handle = closable(slot), let relay = relays.find(handle) else { continue }
            // Each in the middle of its own part of the time.
            let part = plan.drainSpreadMilliseconds * (2 * place + 1) / (2 * total)
            place += 1
            dateTunnel(handle, relay, at: Tick(nanoseconds: io.now).after(milliseconds: part))
        }
    }

    /// The tunnel in a slot, where its frames are read and it has not begun to end.
    private func closable(_ slot: Int) -> Handle? {
        guard let handle = relays.tenant(of: slot), let relay = relays.find(handle), relay.pointee.kind == .frames,
            relay.pointee.phase == .established
        else { return nil }
        return handle
    }

    /// The tunnel is to be closed then.
    mutating func dateTunnel(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, at tick: Tick) {
        guard relay.pointee.kind == .frames else { return scheduleIdleTimer(handle, relay) }
        let tunnel = http.tunnels + Int(handle.slot)
        guard !tunnel.pointee.facts.contains(.closing) else { return }
        tunnel.pointee.facts.insert(.dated)
        tunnel.pointee.closeAt = tick
        scheduleIdleTimer(handle, relay)
    }
}
