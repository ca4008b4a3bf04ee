// From a listener to a relay: admission under the limits, and pauses where there is no room.

internal import CLinux
internal import Glibc

extension Shard where IO: ~Copyable {
    /// How soon a pause is looked at again: another shard's connection may have ended, or descriptors
    /// may have come free, without this shard being told.
    private static var limitPauseNanoseconds: UInt64 { 20_000_000 }
    private static var descriptorPauseNanoseconds: UInt64 { 100_000_000 }
    /// Below so many free places connections are accepted one at a time, so that a limit is met and not passed.
    private static var cautiousRoom: Int { 1024 }

    /// A connection, or the end of accepting, at listener `place`.
    mutating func accepted(_ completion: Completion, at place: Int) {
        if !completion.hasMore {
            listeners[place].isArmed = false
            listeners[place].isCancelling = false
        }
        if completion.result >= 0 {
            admit(completion.result, at: place)
        } else {
            _ = isOver(-completion.result)
        }
        if isDraining { return finishListener(place) }
        acceptIfThereIsRoom(place)
    }

    /// The kernel gave no connection: whether there is none to be had now. Where descriptors or memory
    /// ran out, no listener asks again before a pause.
    mutating func isOver(_ reason: Int32) -> Bool {
        switch reason {
        case EINTR, ECONNABORTED:
            return false  // One connection that has gone again, or none.
        case ECANCELED, EAGAIN:
            return true
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            pauseForDescriptors(Self.descriptorPauseNanoseconds)
            return true
        default:
            counters.count(.acceptErrors)
            lookAgain(in: Self.descriptorPauseNanoseconds)
            isOutOfDescriptors = true
            return true
        }
    }

    mutating func pauseForDescriptors(_ nanoseconds: UInt64) {
        if !isOutOfDescriptors { counters.count(.pausesForDescriptors) }
        isOutOfDescriptors = true
        dropSomePooled()
        lookAgain(in: nanoseconds)
    }

    private mutating func lookAgain(in nanoseconds: UInt64) {
        acceptAgainAt = min(acceptAgainAt, io.now &+ nanoseconds)
    }

    /// Makes a relay of an accepted socket, or parks it until there is room.
    mutating func admit(_ descriptor: Int32, at place: Int) {
        if orders.contains(.stop) { return io.close(descriptor, abruptly: true) }
        if listeners[place].parkedCount == 0, reserve(place) { return settle(descriptor, at: place) }
        guard parked.append(ParkedClient(descriptor: descriptor, listener: UInt16(truncatingIfNeeded: place))) else {
            counters.count(.refusedAtLimit)
            return io.close(descriptor, abruptly: true)
        }
        listeners[place].parkedCount += 1
        pauseAtLimit(place)
    }

    mutating func begin(_ descriptor: Int32, at place: Int) {
        let listener = plan.listeners[place]
        var relay = Relay(
            client: descriptor, listener: UInt16(truncatingIfNeeded: place),
            backend: UInt16(truncatingIfNeeded: listener.backend), acceptedAt: io.now)
        guard noteClient(&relay), mayBegin(&relay) else {
            io.close(descriptor, abruptly: true)
            inboxes[index].addLoad(-1)
            return releaseLimits(of: place)
        }
        counters.count(.accepted)
        if listener.isHTTP, listener.preface == nil { return welcome(relay, input: BufferQueue(), hasEnded: false) }
        guard let handle = relays.insert(relay) else {
            preconditionFailure("a shard has a slot for every connection of the process")
        }
        if listener.preface == nil { beginConnect(handle, relays.find(handle)!) } else { awaitPreface(handle, relays.find(handle)!) }
    }

    private func reserve(_ place: Int) -> Bool {
        let listener = plan.listeners[place]
        guard plan.processLimit.reserve() else { return false }
        guard listener.frontendLimit.reserve() else {
            plan.processLimit.release()
            return false
        }
        guard listener.listenerLimit.reserve() else {
            listener.frontendLimit.release()
            plan.processLimit.release()
            return false
        }
        return true
    }

    /// Gives back the places of a relay that has ended.
    mutating func releaseLimits(of place: Int) {
        let listener = plan.listeners[place]
        listener.listenerLimit.release()
        listener.frontendLimit.release()
        plan.processLimit.release()
        // A pause ends with the first place that comes free here.
        if acceptAgainAt != .max { acceptAgainAt = min(acceptAgainAt, io.now) }
    }

    private func room(at place: Int) -> Int {
        let listener = plan.listeners[place]
        return min(plan.processLimit.room, listener.frontendLimit.room, listener.listenerLimit.room)
    }

    private mutating func pauseAtLimit(_ place: Int) {
        if !listeners[place].isPausedAtLimit { counters.count(.pausesAtLimit) }
        listeners[place].isPausedAtLimit = true
        lookAgain(in: Self.limitPauseNanoseconds)
        guard listeners[place].isArmed, !listeners[place].isCancelling else { return }
        listeners[place].isCancelling = true
        io.cancel(Token(.accept, index: place), on: listeners[place].descriptor)
    }

    /// Arms the listener unless it is armed, at a limit, or descriptors have run out.
    mutating func acceptIfThereIsRoom(_ place: Int) {
        guard !isDraining, !listeners[place].isArmed, !isOutOfDescriptors else { return }
        let room = room(at: place)
        guard room > 0, listeners[place].parkedCount == 0 else { return pauseAtLimit(place) }
        listeners[place].isPausedAtLimit = false
        listeners[place].isArmed = true
        io.accept(on: listeners[place].descriptor, isOnce: room < Self.cautiousRoom, Token(.accept, index: place))
    }

    /// After a pause: first those that wait already, then the listeners.
    mutating func resumeAccepting() {
        acceptAgainAt = .max
        isOutOfDescriptors = false
        var waiting = parked.count
        while waiting > 0, let client = parked.removeFirst() {
            waiting -= 1
            let place = Int(client.listener)
            if reserve(place) {
                listeners[place].parkedCount -= 1
                settle(client.descriptor, at: place)
            } else {
                _ = parked.append(client)  // There is its own place at least. Another listener may have room.
            }
        }
        if !parked.isEmpty { lookAgain(in: Self.limitPauseNanoseconds) }
        for place in listeners.indices {
            if isDraining { finishListener(place) } else { acceptIfThereIsRoom(place) }
        }
    }
}
