// Connections that wait for a place on a server: first in, first out, bounded in number and time. Whose turn
// it is across shards stands in Balancing's WaitingShards.

internal import Balancing

/// A place that came free here: another connection's, or one that another shard has sent.
struct GrantedPlace: BitwiseCopyable {
    var server: UInt32
    var backend: UInt16
}

extension Shard where IO: ~Copyable {
    func list(of backend: Int, _ group: ServerTable.Group) -> Int { 2 * backend + (group == .primaries ? 0 : 1) }

    /// No server has room: the relay waits for a place, or ends where none could ever take it or too many wait.
    mutating func wait(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let number = Int(relay.pointee.backend)
        let backend = plan.backends[number]
        guard let group = backend.table.groupToWaitFor(tried: TriedServers(bits: relay.pointee.triedServers)) else {
            counters.count(.unserved)
            return end(
                handle, relay, relay.pointee.ending == .connectTimeout ? .connectTimeout : .connectFailed, isAbrupt: true)
        }
        guard backend.queueLimit.reserve() else {
            counters.count(.queueFull)
            return end(handle, relay, .queueFull, isAbrupt: true)
        }
        let place = list(of: number, group)
        relay.pointee.phase = .queued
        relay.pointee.waitsForBackups = group == .backups
        relay.pointee.queuedAt = io.now
        relay.pointee.phaseDeadline = Tick(nanoseconds: io.now).after(milliseconds: backend.queueTimeoutMilliseconds)
        timers.schedule(handle.slot, at: relay.pointee.phaseDeadline)
        queues[place].append(handle.slot, in: relayLinks)
        waitingCount += 1
        counters.count(.queued)
        guard queues[place].count == 1 else { return }
        backend.table.wait(shard: index, for: group)
        // A place that came free before the bit was seen goes to whoever asks once more.
        let tried = TriedServers(bits: relay.pointee.triedServers)
        if let server = selectors[number].pick(from: backend.table, tried: tried, random: io.random(), key: key(of: relay)) {
            leaveQueue(relay, handle.slot)
            connect(handle, relay, to: server)
        }
    }

    /// The relay waits no longer: it got a place, or gave up.
    mutating func leaveQueue(_ relay: UnsafeMutablePointer<Relay>, _ slot: UInt32) {
        guard relay.pointee.phase == .queued else { return }
        let number = Int(relay.pointee.backend)
        let group: ServerTable.Group = relay.pointee.waitsForBackups ? .backups : .primaries
        let place = list(of: number, group)
        queues[place].remove(slot, in: relayLinks)
        waitingCount -= 1
        if queues[place].count == 0 { plan.backends[number].table.stopWaiting(shard: index, for: group) }
        plan.backends[number].queueLimit.release()
        relay.pointee.queueNanoseconds &+= max(1, io.now &- relay.pointee.queuedAt)
        timers.cancel(slot)
    }

    /// A place on a server is this shard's to give. It is given between two relays' affairs, not in the
    /// middle of one: a chain of failed connects would go round in circles on the stack.
    mutating func granted(_ server: Int, of backend: Int) {
        let isKept = grants.append(
            GrantedPlace(server: UInt32(truncatingIfNeeded: server), backend: UInt16(truncatingIfNeeded: backend)))
        precondition(isKept, "there are no more places than connections of the process")
    }

    /// Gives the places that came free to those who wait longest. Where none waits here any more, the next
    /// shard's turn has come, or the place is free.
    mutating func giveOutPlaces() {
        var count = grants.count
        while count > 0, let grant = grants.removeFirst() {
            count -= 1
            let backend = Int(grant.backend)
            let table = plan.backends[backend].table
            let group: ServerTable.Group = table.isBackup(Int(grant.server)) ? .backups : .primaries
            let slot = queues[list(of: backend, group)].first
            if plan.backends[backend].isHTTP {
                if slot == WaitingSlots.none || !granted(Int(grant.server), to: slot) {
                    freePlace(on: Int(grant.server), of: backend)
                }
            } else if slot != WaitingSlots.none, let handle = relays.tenant(of: Int(slot)), let relay = relays.find(handle) {
                leaveQueue(relay, slot)
                connect(handle, relay, to: Int(grant.server))
            } else {
                freePlace(on: Int(grant.server), of: backend)
            }
        }
    }

    /// A place is given back, or handed to the shard whose turn it is.
    mutating func freePlace(on server: Int, of backend: Int) {
        guard let next = plan.backends[backend].table.release(server, shard: index) else { return }
        if next == index { return granted(server, of: backend) }
        if post(.place(server: server, backend: backend), to: next) { return counters.count(.placesHandedOver) }
        // Its inbox is full, which passes: the place stays ours, and is offered again a turn later.
        granted(server, of: backend)
    }
}
