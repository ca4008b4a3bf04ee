// The end of a relay, in three steps: ask for the end of what the kernel holds, wait until it holds
// nothing, free the slot. Also the timers that may bring it about.

extension Shard where IO: ~Copyable {
    // MARK: - Timers

    /// Sets the timer to when an established relay would have been idle too long.
    mutating func scheduleIdleTimer(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        if relay.pointee.kind == .frames, isOverByUs(relay, http.tunnels + Int(handle.slot)) { return lookSoon(handle) }
        var deadline = relay.pointee.lastActivity.after(milliseconds: idleTimeout(of: relay, handle))
        if relay.pointee.kind == .frames, let next = nextLook(http.tunnels + Int(handle.slot), webSocket(of: relay)),
            next.since(deadline) < 0
        {
            deadline = next
        }
        timers.schedule(handle.slot, at: deadline)
    }

    private func idleTimeout(of relay: UnsafeMutablePointer<Relay>, _ handle: Handle) -> UInt64 {
        let listener = plan.listeners[Int(relay.pointee.listener)]
        let timeout = listener.tunnelTimeoutMilliseconds
        let isEnding = relay.pointee.isHalfClosed || relay.pointee.isBroken || isClosing(relay, handle)
        return isEnding ? min(timeout, listener.halfCloseTimeoutMilliseconds) : timeout
    }

    /// One side of a WebSocket has said its last, and the other has yet to answer.
    private func isClosing(_ relay: UnsafeMutablePointer<Relay>, _ handle: Handle) -> Bool {
        guard relay.pointee.kind == .frames else { return false }
        return !http.tunnels[Int(handle.slot)].facts.isDisjoint(with: [.clientClosed, .serverClosed])
    }

    /// A slot's timer has fired. Activity only notes its time, so most timers are set anew here.
    mutating func expired(_ slot: UInt32, at now: Tick) {
        guard let handle = relays.tenant(of: Int(slot)), let relay = relays.find(handle) else { return }
        switch relay.pointee.phase {
        case .preface:
            prefaceExpired(handle, relay)
        case .connecting:
            io.cancel(Token(.connect, handle), on: relay.pointee.serverDescriptor)
        case .queued:
            counters.count(.queueTimeouts)
            end(handle, relay, .queueTimeout, isAbrupt: true)
        case .waiting:
            beginConnect(handle, relay)
        case .established:
            if relay.pointee.kind == .frames, tunnelExpired(handle, relay, at: now) { return }
            let deadline = relay.pointee.lastActivity.after(milliseconds: idleTimeout(of: relay, handle))
            guard deadline.hasPassed(at: now) else {
                relay.pointee.seenAtLastLook = Relay.notLooked  // Bytes have moved since: what was seen then says nothing.
                return scheduleIdleTimer(handle, relay)
            }
            if isStillMoving(relay) {
                touch(relay)
                return scheduleIdleTimer(handle, relay)
            }
            counters.count(.timeouts)
            if relay.pointee.kind == .frames { return fellIdle(handle, relay) }
            end(handle, relay, .idleTimeout, isAbrupt: true)
        case .flushing:
            flush(handle, relay)
        case .closing, .leaving:
            break
        }
    }

    /// Whether the kernel still delivers what it took long ago: a slow reader empties a full socket buffer
    /// without this process hearing of it. What both peers have acknowledged is compared with the last look; the
    /// unsent count alone may be the same again, as others have filled what was emptied.
    ///
    /// - Parameter holds: bytes wait here as well, so that an empty socket buffer is only the next one's beginning.
    mutating func isStillMoving(_ relay: UnsafeMutablePointer<Relay>, holds: Bool = false) -> Bool {
        let unsent = Int64(max(0, io.unsent(on: relay.pointee.client))) + Int64(max(0, io.unsent(on: relay.pointee.serverDescriptor)))
        let passedOn = relay.pointee.directions.0.deliveredBytes &+ relay.pointee.directions.1.deliveredBytes
        let acknowledged = Int64(bitPattern: passedOn) &- unsent
        defer { relay.pointee.seenAtLastLook = acknowledged }
        return (holds || unsent != 0) && acknowledged != relay.pointee.seenAtLastLook
    }

    // MARK: - The end

    /// Both directions have done what they could: a clean end, or where one side was reset, a reset of
    /// the other once it has what was said before.
    mutating func conclude(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        guard relay.pointee.isBroken else {
            // A connect that failed before another succeeded is no ending; what was wrong with a WebSocket is.
            return end(handle, relay, relay.pointee.kind == .frames ? relay.pointee.ending : .finished, isAbrupt: false)
        }
        relay.pointee.phase = .flushing
        relay.pointee.seenAtLastLook = Relay.notLooked
        touch(relay)
        flush(handle, relay)
    }

    /// A reset throws away what its own socket still holds unsent, so it waits until that is out, for as
    /// long as the peer takes some of it: looked at a tick later, and ever more rarely while nothing goes.
    private mutating func flush(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let now = Tick(nanoseconds: io.now)
        let unsent = Int64(max(0, io.unsent(on: relay.pointee.survivor)))
        if unsent != relay.pointee.seenAtLastLook { touch(relay) }
        relay.pointee.seenAtLastLook = unsent
        let deadline = relay.pointee.lastActivity.after(milliseconds: idleTimeout(of: relay, handle))
        if unsent == 0 || deadline.hasPassed(at: now) { return end(handle, relay, relay.pointee.ending, isAbrupt: true) }
        let pause = max(1, now.since(relay.pointee.lastActivity) / 4)
        timers.schedule(handle.slot, at: Tick(rawValue: now.rawValue &+ UInt32(bitPattern: pause)))
    }

    /// Ends a relay: asks the kernel to let go of everything it holds of it.
    ///
    /// - Parameter isAbrupt: both peers see a reset, so that bytes cut short never look like all of them.
    mutating func end(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ ending: Relay.Ending, isAbrupt: Bool) {
        guard relay.pointee.phase != .closing else { return }
        leaveQueue(relay, handle.slot)
        relay.pointee.phase = .closing
        relay.pointee.ending = ending
        relay.pointee.isAbrupt = isAbrupt
        timers.cancel(handle.slot)
        if relay.pointee.isConnectInFlight { io.cancel(Token(.connect, handle), on: relay.pointee.serverDescriptor) }
        cancelAll(relay.direction(.up).pointee.facts, relay, handle, .up)
        cancelAll(relay.direction(.down).pointee.facts, relay, handle, .down)
        closeIfNothingInFlight(handle, relay)
    }

    private mutating func cancelAll(
        _ facts: RelayDirection.Facts, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let (source, target) = (relay.pointee.source(of: side), relay.pointee.target(of: side))
        if facts.contains(.receiving), !facts.contains(.cancelling) { io.cancel(Token(side.receiveOperation, handle), on: source) }
        if facts.contains(.awaitingBytes) { io.cancel(Token(side.bytesOperation, handle), on: source) }
        if facts.contains(.awaitingRoom) { io.cancel(Token(side.roomOperation, handle), on: target) }
        if facts.contains(.watching) { io.cancel(Token(side.failureOperation, handle), on: source) }
        // A send never waits, so it ends by itself.
    }

    /// The last step, once a relay that has ended is no longer held by the kernel.
    mutating func closeIfNothingInFlight(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        guard relay.pointee.phase == .closing, !relay.pointee.isInFlight else { return }
        if relay.pointee.kind == .connection {
            log.write(relay, plan: plan, now: io.now, counters: counters)
        } else {
            noteTunnelEnd(handle, relay)
        }
        for side in [Side.up, .down] {
            let direction = relay.direction(side)
            direction.pointee.queue.discard(in: io.buffers)
            if direction.pointee.pipe != .none {
                pipes.giveBack(direction.pointee.pipe, isEmpty: direction.pointee.pipedBytes == 0, to: &io)
            }
        }
        io.close(relay.pointee.client, abruptly: relay.pointee.isAbrupt && !relay.pointee.sparesClient)
        if relay.pointee.serverDescriptor >= 0 {
            io.close(relay.pointee.serverDescriptor, abruptly: relay.pointee.isAbrupt && !relay.pointee.sparesServer)
        }
        leaveServer(relay)
        leaveAddress(relay)
        count(relay.pointee.ending)
        let listener = Int(relay.pointee.listener)
        relays.remove(handle)
        inboxes[index].addLoad(-1)
        releaseLimits(of: listener)
    }

    private func count(_ ending: Relay.Ending) {
        switch ending {
        case .finished: counters.count(.finished)
        case .clientReset: counters.count(.clientResets)
        case .serverReset: counters.count(.serverResets)
        case .stopped: counters.count(.stopped)
        case .clientSilent, .serverSilent, .clientFault, .serverFault: break  // As the closes were sent.
        case .idleTimeout, .connectFailed, .connectTimeout, .queueTimeout, .queueFull, .resourcesShort, .refused, .prefaceTimeout,
            .clientLeft:
            break  // Counted where they arose.
        }
    }
}
