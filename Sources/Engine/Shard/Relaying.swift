// Bytes through a relay: the kernel's reports become facts of a direction. What follows from the facts is
// carried out once a turn (see `RelayOrders`).

internal import Config
internal import Glibc

extension Shard where IO: ~Copyable {
    /// Bytes, or the end of receiving, from the source of a direction.
    @inline(__always)
    mutating func received(_ completion: Completion, from handle: Handle, _ side: Side) {
        guard let relay = find(handle) else { return discard(completion.chain) }
        let direction = relay.direction(side)
        if !completion.hasMore { direction.pointee.receiveStopped() }
        if relay.pointee.phase != .established || direction.pointee.facts.contains(.shut) {
            if relay.pointee.phase.isBeforeServer { return gathered(completion, handle, relay) }
            discard(completion.chain)
            return closeIfNothingInFlight(handle, relay)
        }
        if completion.result > 0 {
            touch(relay)
            if relay.pointee.kind == .frames {
                passFrames(completion, direction, relay, handle, side)
            } else {
                hold(completion, in: direction, relay, handle, side)
            }
        } else {
            receiveEnded(completion.result, direction, relay, handle, side)
        }
        if relay.pointee.phase == .established { list(direction, handle, side) }
    }

    /// Puts received bytes where they can wait: in their own buffers, or sent at once and the rest copied.
    @inline(__always)
    private mutating func hold(
        _ completion: Completion, in direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        let count = Int(completion.result)
        if count >= io.bulkReceiveBytes { noteBulk(count, direction) }
        if let scratch = completion.scratch {
            sendFromScratch(UnsafeRawBufferPointer(start: scratch, count: count), direction, relay, handle, side)
        } else if !direction.pointee.received(completion.chain, in: io.buffers) {
            counters.count(.spillExhausted)
        }
    }

    private func noteBulk(_ count: Int, _ direction: UnsafeMutablePointer<RelayDirection>) {
        guard plan.splice != .off, !direction.pointee.facts.contains(.unspliceable) else { return }
        guard direction.pointee.isBulk(after: count, at: Tick(nanoseconds: io.now)) else { return }
        if pipes.hasFree {
            direction.pointee.facts.insert(.changing)
        } else {
            counters.count(.pipesExhausted)
            direction.pointee.stayWithBuffers()
        }
    }

    /// The engine does not keep these bytes: what the target takes goes at once, the rest is copied.
    mutating func sendFromScratch(
        _ bytes: UnsafeRawBufferPointer, _ direction: UnsafeMutablePointer<RelayDirection>,
        _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        var rest = bytes
        var isFull = false
        if direction.pointee.queue.isEmpty, direction.pointee.facts.isDisjoint(with: [.awaitingRoom, .sending]) {
            let sent = io.sendNow(bytes, to: relay.pointee.target(of: side))
            if sent >= 0 {
                direction.pointee.passed(Int(sent))
                countDelivered(Int(sent), relay, side)
                rest = UnsafeRawBufferPointer(rebasing: bytes[Int(sent)...])
                isFull = !rest.isEmpty
            } else if sent == -EAGAIN {
                isFull = true
            } else if sent != -EINTR {
                return targetFailed(handle, relay, side)
            }
        }
        guard !rest.isEmpty else { return }
        if !direction.pointee.queue.appendCopy(of: rest, in: io.buffers) {
            // Bytes that are in no memory cannot be sent later: the connection ends, visibly cut.
            counters.count(.spillExhausted)
            return end(handle, relay, .resourcesShort, isAbrupt: true)
        }
        direction.pointee.noteFill()
        if isFull { awaitRoom(direction, relay, handle, side) }
    }

    private mutating func receiveEnded(
        _ result: Int32, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        switch -result {
        case 0:
            direction.pointee.sourceEnded()
            noteLeft(handle, relay, side)
        case ECANCELED, EINTR:
            break  // Asked for: what to do next follows from the facts.
        case ENOBUFS:
            counters.count(.receiveStarved)
            starve(direction, relay, handle, side)
        case EAGAIN:
            // The other direction splices, so this socket does not wait: a poll does.
            direction.pointee.facts.insert(.awaitingBytes)
            io.poll(relay.pointee.source(of: side), for: .bytes, Token(side.bytesOperation, handle))
        default:
            sourceFailed(direction, relay, handle, side)
        }
    }

    /// The source was reset. What it said before is still passed on, as it would have been without us.
    mutating func sourceFailed(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        direction.pointee.sourceEnded()
        noteLeft(handle, relay, side)
        noteBroken(relay, side == .up ? .clientReset : .serverReset)
        scheduleIdleTimer(handle, relay)
    }

    private func noteBroken(_ relay: UnsafeMutablePointer<Relay>, _ ending: Relay.Ending) {
        guard !relay.pointee.isBroken else { return }
        relay.pointee.isBroken = true
        relay.pointee.ending = ending
    }

    /// A send has ended: `result` bytes went, or none and why.
    @inline(__always)
    mutating func sent(_ result: Int32, on handle: Handle, _ side: Side) {
        guard let relay = find(handle) else { return }
        let direction = relay.direction(side)
        direction.pointee.facts.remove(.sending)
        if relay.pointee.phase != .established { return closeIfNothingInFlight(handle, relay) }
        settle(result, asked: Int(direction.pointee.askedBytes), direction, relay, handle, side)
        if relay.pointee.phase == .established { list(direction, handle, side) }
    }

    /// Acts on what a send has done, whether it ended at once or later.
    @inline(__always)
    mutating func settle(
        _ result: Int32, asked: Int, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        if result > 0 {
            direction.pointee.sent(Int(result), in: io.buffers)
            countDelivered(Int(result), relay, side)
            touch(relay)
            if Int(result) < asked { awaitRoom(direction, relay, handle, side) }
        } else if result == -EAGAIN || result == 0 {
            awaitRoom(direction, relay, handle, side)
        } else if result != -EINTR && result != -ECANCELED {
            targetFailed(handle, relay, side)
        }
    }

    /// The target is full: what waits leaves the receive buffers, and a poll tells when to go on.
    private mutating func awaitRoom(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        if !direction.pointee.blocked(in: io.buffers) { counters.count(.spillExhausted) }
        io.poll(relay.pointee.target(of: side), for: .room, Token(side.roomOperation, handle))
    }

    mutating func roomReported(_ result: Int32, on handle: Handle, _ side: Side) {
        ready(.awaitingRoom, on: handle, side)
    }

    mutating func bytesReported(_ result: Int32, on handle: Handle, _ side: Side) {
        ready(.awaitingBytes, on: handle, side)
    }

    /// The source of a direction may have broken while it is not read. What stands in its socket is passed on
    /// if the target takes it; where it takes nothing, the relay waits no longer than one that is half closed.
    mutating func failureReported(_ result: Int32, on handle: Handle, _ side: Side) {
        guard let relay = find(handle) else { return }
        let direction = relay.direction(side)
        direction.pointee.facts.remove(.watching)
        if relay.pointee.phase != .established { return closeIfNothingInFlight(handle, relay) }
        direction.pointee.facts.insert(.watched)
        guard result > 0, result & POLLERR != 0 else { return }
        noteBroken(relay, side == .up ? .clientReset : .serverReset)
        scheduleIdleTimer(handle, relay)
    }

    /// What a direction waited for has come (or its socket broke, which the next operation will tell).
    private mutating func ready(_ fact: RelayDirection.Facts, on handle: Handle, _ side: Side) {
        guard let relay = find(handle) else { return }
        let direction = relay.direction(side)
        direction.pointee.facts.remove(fact)
        if relay.pointee.phase != .established { return closeIfNothingInFlight(handle, relay) }
        list(direction, handle, side)
    }

    /// The target was reset. Only this direction ends: what the target said before, an early answer to an
    /// upload for one, stands in its socket and is still passed on.
    mutating func targetFailed(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ side: Side) {
        let direction = relay.direction(side)
        noteBroken(relay, side == .up ? .serverReset : .clientReset)
        direction.pointee.targetGone(in: io.buffers)
        if direction.pointee.facts.contains(.splicing) {
            let isEmpty = direction.pointee.pipedBytes == 0
            direction.pointee.pipedBytes = 0
            leaveSplice(direction, relay, isPipeEmpty: isEmpty)
        }
        if relay.pointee.isFinished { return conclude(handle, relay) }
        touch(relay)
        scheduleIdleTimer(handle, relay)
        list(direction, handle, side)
    }

    @inline(__always)
    func countDelivered(_ count: Int, _ relay: UnsafeMutablePointer<Relay>, _ side: Side) {
        let bytes = UInt64(truncatingIfNeeded: count)
        counters.add(bytes, to: side == .up ? .bytesIn : .bytesOut)
        tally.add(bytes, to: side == .up ? .bytesIn : .bytesOut, of: globalServer(relay))
    }
}
