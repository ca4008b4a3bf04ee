// Who waits for a turn of a pace, and the moments that were taken for those who wait: the first of the ones gets the
// first of the others, so that whoever leaves gives its moment to those behind it.
// Knows slots and times. Knows nothing of requests.

/// One backend's line on one shard.
struct PacedLine: ~Copyable {
    private var waiting = WaitingSlots()
    /// Never fewer than there are waiting.
    private var moments: BoundedQueue<UInt64>

    enum Outcome {
        /// Its turn is now.
        case goes
        case waits
        /// Its turn would come too late for it.
        case refused
    }

    /// - Parameter capacity: those who may wait at once.
    init(capacity: Int) { moments = BoundedQueue(capacity: capacity) }

    /// When the next one goes; `UInt64.max`: nobody waits.
    var next: UInt64 { waiting.count == 0 ? .max : moments.first ?? .max }

    /// - Parameter patience: nanoseconds that this one would wait.
    mutating func join(
        _ slot: UInt32, _ pace: PacedAdmission, at now: UInt64, patience: UInt64, in links: WaitingLinks
    ) -> Outcome {
        // Moments that nobody wanted are gone.
        if waiting.count == 0 { while let moment = moments.first, moment < now { _ = moments.removeFirst() } }
        if waiting.count == moments.count {
            guard let moment = pace.reserve(at: now, patience: patience) else { return .refused }
            guard moment > now else { return .goes }
            // There are no more moments than there were waiting at once.
            guard moments.append(moment) else { return .refused }
        }
        waiting.append(slot, in: links)
        return .waits
    }

    /// Somebody waits no longer; its moment is for those behind it, or for who comes next.
    mutating func leave(_ slot: UInt32, in links: WaitingLinks) { waiting.remove(slot, in: links) }

    /// Whose turn has come, if anybody's.
    mutating func takeDue(at now: UInt64, in links: WaitingLinks) -> UInt32? {
        guard next <= now else { return nil }
        let slot = waiting.first
        _ = moments.removeFirst()
        waiting.remove(slot, in: links)
        return slot
    }
}
