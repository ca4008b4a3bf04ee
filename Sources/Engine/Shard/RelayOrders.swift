// What the directions of relays have to do before the shard sleeps: their orders become operations. Orders are
// carried out once a turn, when all that has arrived is known: what came in several pieces leaves in one send.

extension Shard where IO: ~Copyable {
    /// Carries out the orders of every listed direction, then lets the starved ones receive again.
    mutating func carryOutOrders() {
        var count = listed.count
        while count > 0, let name = listed.removeFirst() {
            count &-= 1
            guard let relay = relays.find(name.handle) else { continue }
            let direction = relay.direction(name.side)
            direction.pointee.facts.remove(.listed)
            if relay.pointee.phase == .established { carryOut(direction, relay, name.handle, name.side) }
        }
        if !starved.isEmpty { feedStarved() }
    }

    @inline(__always)
    private mutating func carryOut(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        while relay.pointee.phase == .established {
            let orders = direction.pointee.orders
            if orders.isEmpty { return }
            if orders.contains(.receive) {
                // Whoever waits for buffers longer comes first.
                if starved.isEmpty { receive(direction, relay, handle, side) } else { starve(direction, relay, handle, side) }
            }
            if orders.contains(.cancelReceive) {
                direction.pointee.facts.insert(.cancelling)
                io.cancel(Token(side.receiveOperation, handle), on: relay.pointee.source(of: side))
            }
            if orders.contains(.watchSource) {
                direction.pointee.facts.insert(.watching)
                io.poll(relay.pointee.source(of: side), for: .failure, Token(side.failureOperation, handle))
            }
            if orders.contains(.send) {
                send(direction, relay, handle, side)
            } else if orders.contains(.shutdownTarget) {
                shutdownTarget(direction, relay, handle, side)
            } else if orders.contains(.beginSplice) {
                beginSplice(direction, relay, handle, side)
            } else if orders.contains(.pump) {
                pump(direction, relay, handle, side)
            }
        }
    }

    @inline(__always)
    private mutating func receive(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        direction.pointee.facts.insert(.receiving)
        io.receive(
            from: relay.pointee.source(of: side), starved.isEmpty ? .continuous : .once, Token(side.receiveOperation, handle))
    }

    @inline(__always)
    private mutating func send(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let facts = direction.pointee.facts
        // With a receive armed and nothing waiting for this send, its success is no news.
        let isUrgent = !facts.contains(.receiving) || !facts.isDisjoint(with: [.full, .changing, .ended]) || !starved.isEmpty
        let outcome = io.send(
            direction.pointee.queue, to: relay.pointee.target(of: side), isUrgent: isUrgent, Token(side.sendOperation, handle))
        switch outcome {
        case .queued(let asked):
            direction.pointee.facts.insert(.sending)
            direction.pointee.askedBytes = UInt32(truncatingIfNeeded: asked)
        case .finished(let result, let asked):
            settle(result, asked: asked, direction, relay, handle, side)
        }
    }

    /// Every byte has been passed on: the target is told that it was the last.
    private mutating func shutdownTarget(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        direction.pointee.facts.insert(.shut)
        // Where the other direction has finished as well, the close that follows says it. Where the source was
        // reset, a clean end of the target would be a lie. Where the target was, it is not told anything, and
        // what it had said before goes on to the source.
        if relay.pointee.isFinished { return conclude(handle, relay) }
        if relay.pointee.isBroken {
            let isTargetBroken = relay.pointee.survivor == relay.pointee.source(of: side)
            return isTargetBroken ? scheduleIdleTimer(handle, relay) : conclude(handle, relay)
        }
        let result = io.shutdownSending(relay.pointee.target(of: side))
        if result < 0 { return targetFailed(handle, relay, side) }
        touch(relay)
        scheduleIdleTimer(handle, relay)
    }

    /// No receive buffer is to be had: the direction queues for one.
    mutating func starve(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        direction.pointee.facts.insert(.starved)
        if !starved.append(DirectionName(handle: handle, side: side)) { end(handle, relay, .resourcesShort, isAbrupt: true) }
    }

    /// Receive buffers have come back: those that have waited longest ask again, one buffer each and no
    /// more of them than there are buffers. Were all armed at once, the first would take every buffer and
    /// stay the first: measured, 38 of 40 flows got nothing until it had ended.
    private mutating func feedStarved() {
        guard io.buffers.canReceive else { return }
        var room = io.buffers.receivesMax
        while room > 0, let name = starved.removeFirst() {
            guard let relay = relays.find(name.handle) else { continue }
            let direction = relay.direction(name.side)
            direction.pointee.facts.remove(.starved)
            guard relay.pointee.phase == .established || relay.pointee.phase == .preface,
                direction.pointee.orders.contains(.receive)
            else {
                list(direction, name.handle, name.side)
                continue
            }
            room -= 1
            receive(direction, relay, name.handle, name.side)
        }
    }
}
