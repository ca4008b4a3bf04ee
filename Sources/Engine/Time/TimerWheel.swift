// One coarse timer per slot, in four wheels of 64 buckets.
// Knows ticks and slot numbers. Knows nothing of what a slot waits for.

/// A hierarchical timer wheel over the slots of a slab: one pending deadline a slot.
///
/// Scheduling, moving and cancelling are a few stores; nothing is allocated. A deadline is late by
/// at most one tick in the first wheel, and exact again by the time it fires, as far deadlines are
/// laid out anew when their bucket comes round. 64^4 ticks are 39 hours; further ones are laid out again
/// when they come near.
struct TimerWheel: ~Copyable {
    private static var none: UInt32 { .max }
    private static var levels: Int { 4 }
    private static var bits: UInt32 { 6 }
    private static var unscheduled: UInt16 { .max }

    private struct Node: BitwiseCopyable {
        var next: UInt32
        var previous: UInt32
        var deadline: UInt32
        /// Bucket (level times 64 plus place) plus 1; 0 where the slot has no deadline, as fresh pages are zero.
        var bucket: UInt16
    }

    private let capacity: Int
    private let nodes: UnsafeMutablePointer<Node>
    private let heads: UnsafeMutablePointer<UInt32>
    /// One bit a bucket, by level.
    private var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Every tick before this one has been fired.
    private var now: Tick
    private(set) var scheduledCount = 0

    init(capacity: Int, now: Tick) {
        self.capacity = capacity
        self.now = now
        nodes = Pages.reserve(capacity, of: Node.self)
        heads = .allocate(capacity: Self.levels * 64)
        heads.initialize(repeating: Self.none, count: Self.levels * 64)
    }

    deinit {
        Pages.release(nodes, count: capacity)
        heads.deallocate()
    }

    /// Sets or moves the slot's deadline. One that has passed fires at the next `nextExpired`.
    mutating func schedule(_ slot: UInt32, at deadline: Tick) {
        precondition(Int(slot) < capacity, "a timer belongs to a slot")
        unlink(slot)
        link(slot, deadline)
    }

    mutating func cancel(_ slot: UInt32) { unlink(slot) }

    /// The next slot whose deadline has passed at `time`; its timer is then no longer set. Called
    /// until it answers `nil`.
    mutating func nextExpired(at time: Tick) -> UInt32? {
        while true {
            let place = Int(now.rawValue & 63)
            let head = heads[place]
            if head != Self.none {
                unlink(head)
                return head
            }
            guard time.since(now) > 0 else { return nil }
            skip(to: time)
        }
    }

    /// Nanoseconds (on the clock that ticks are made from) of the earliest time at which something
    /// may be due, or `nil` where nothing is scheduled. Never late, sometimes early: a far deadline's
    /// bucket is looked at when it comes round.
    func nextDeadline(now nanoseconds: UInt64) -> UInt64? {
        guard scheduledCount > 0 else { return nil }
        let present = nanoseconds >> Tick.nanosecondsShift
        let wait = ticksUntilWork()
        let behind = Int64(Tick(nanoseconds: nanoseconds).since(now))
        let ahead = max(0, Int64(wait) - behind)
        return (present + UInt64(ahead)) << Tick.nanosecondsShift
    }

    // MARK: - Wheels

    /// Ticks from `now` to the first at which a bucket must be fired or laid out anew.
    private func ticksUntilWork() -> UInt32 {
        var best = UInt32.max
        for level in 0..<Self.levels {
            let bitmap = bits(of: level)
            guard bitmap != 0 else { continue }
            let shift = UInt32(level) * Self.bits
            let place = (now.rawValue >> shift) & 63
            // Distance in buckets to the next occupied one, the present bucket last on upper levels.
            let turned = bitmap.rotated(right: level == 0 ? place : (place + 1) & 63)
            var distance = UInt32(turned.trailingZeroBitCount)
            if level > 0 { distance += 1 }
            let start = ((now.rawValue >> shift) &+ distance) << shift
            best = min(best, start &- now.rawValue)
        }
        return best
    }

    /// Moves on to the next tick at which there is work, at most to `time`.
    private mutating func skip(to time: Tick) {
        let room = UInt32(bitPattern: time.since(now))
        let step = scheduledCount == 0 ? room : min(room, max(1, ticksUntilWork()))
        now = Tick(rawValue: now.rawValue &+ step)
        // Where a lower wheel has come round, the bucket above it is laid out anew.
        for level in 1..<Self.levels {
            let shift = UInt32(level) * Self.bits
            guard now.rawValue & ((1 << shift) &- 1) == 0 else { return }
            layOut(level: level, place: Int((now.rawValue >> shift) & 63))
        }
    }

    private mutating func layOut(level: Int, place: Int) {
        let bucket = level * 64 + place
        var slot = heads[bucket]
        heads[bucket] = Self.none
        setBit(level, place, false)
        while slot != Self.none {
            let next = nodes[Int(slot)].next
            nodes[Int(slot)].bucket = 0
            scheduledCount -= 1
            link(slot, Tick(rawValue: nodes[Int(slot)].deadline))
            slot = next
        }
    }

    private mutating func link(_ slot: UInt32, _ deadline: Tick) {
        let distance = deadline.since(now)
        // What has passed goes to the present bucket, which is looked at first.
        let target = distance < 0 ? now.rawValue : deadline.rawValue
        let ahead = distance < 0 ? 0 : UInt32(bitPattern: distance)
        var level = 0
        while level < Self.levels - 1, ahead >= 1 << (UInt32(level + 1) * Self.bits) { level += 1 }
        let shift = UInt32(level) * Self.bits
        // Beyond the last wheel's reach: its furthest bucket, from which it is laid out again.
        let reach = level == Self.levels - 1 && ahead >= 1 << 24
        let place = Int(((reach ? now.rawValue &+ (63 << shift) : target) >> shift) & 63)
        let bucket = level * 64 + place
        nodes[Int(slot)] = Node(
            next: heads[bucket], previous: Self.none, deadline: deadline.rawValue,
            bucket: UInt16(truncatingIfNeeded: bucket + 1))
        if heads[bucket] != Self.none { nodes[Int(heads[bucket])].previous = slot }
        heads[bucket] = slot
        setBit(level, place, true)
        scheduledCount += 1
    }

    private mutating func unlink(_ slot: UInt32) {
        let node = nodes[Int(slot)]
        guard node.bucket != 0 else { return }
        let bucket = Int(node.bucket) - 1
        if node.previous == Self.none { heads[bucket] = node.next } else { nodes[Int(node.previous)].next = node.next }
        if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
        if heads[bucket] == Self.none { setBit(bucket / 64, bucket % 64, false) }
        nodes[Int(slot)].bucket = 0
        scheduledCount -= 1
    }

    private func bits(of level: Int) -> UInt64 {
        switch level {
        case 0: occupied.0
        case 1: occupied.1
        case 2: occupied.2
        default: occupied.3
        }
    }

    private mutating func setBit(_ level: Int, _ place: Int, _ isSet: Bool) {
        let bit: UInt64 = 1 << UInt64(place)
        func changed(_ old: UInt64) -> UInt64 { isSet ? old | bit : old & ~bit }
        switch level {
        case 0: occupied.0 = changed(occupied.0)
        case 1: occupied.1 = changed(occupied.1)
        case 2: occupied.2 = changed(occupied.2)
        default: occupied.3 = changed(occupied.3)
        }
    }
}

extension UInt64 {
    /// The bits turned right by `count` (0 to 63).
    fileprivate func rotated(right count: UInt32) -> UInt64 {
        count == 0 ? self : (self >> UInt64(count)) | (self << (64 - UInt64(count)))
    }
}
