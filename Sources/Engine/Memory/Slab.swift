// A fixed table of slots with a stack of free ones: nothing is allocated once it stands.
// Knows slots and generations. Knows nothing of what a slot holds.

/// Slots of one type, reached by handle. Memory is reserved at start and becomes present as slots
/// are first used; a freed slot is the next one given out, as it is still in cache.
struct Slab<Element: BitwiseCopyable>: ~Copyable {
    let capacity: Int
    private(set) var usedCount = 0
    private let slots: UnsafeMutablePointer<Element>
    /// Generation of each slot; its top bit says that the slot is in use.
    private let generations: UnsafeMutablePointer<UInt32>
    private let freeSlots: UnsafeMutablePointer<UInt32>
    private var freeCount = 0
    /// Slots below this index have been in use at least once.
    private var touchedCount = 0

    private static var inUse: UInt32 { 0x8000_0000 }

    /// - Parameter capacity: slots, 1 to 2^32 - 1.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity < Int(UInt32.max), "a slab has 1 to 2^32 - 1 slots")
        self.capacity = capacity
        slots = Pages.reserve(capacity, of: Element.self)
        generations = Pages.reserve(capacity, of: UInt32.self)
        freeSlots = Pages.reserve(capacity, of: UInt32.self)
    }

    deinit {
        Pages.release(slots, count: capacity)
        Pages.release(generations, count: capacity)
        Pages.release(freeSlots, count: capacity)
    }

    /// Takes a slot and fills it, or answers `nil` where all are in use.
    mutating func insert(_ element: Element) -> Handle? {
        let slot: Int
        if freeCount > 0 {
            freeCount -= 1
            slot = Int(freeSlots[freeCount])
        } else if touchedCount < capacity {
            slot = touchedCount
            touchedCount += 1
        } else {
            return nil
        }
        let generation = generations[slot]
        assert(generation & Self.inUse == 0, "a free slot is free")
        generations[slot] = generation | Self.inUse  // `|=` here breaks Swift 6.3.1 under its thread sanitizer.
        usedCount += 1
        (slots + slot).initialize(to: element)
        return Handle(slot: UInt32(truncatingIfNeeded: slot), generation: generation)
    }

    /// The slot's tenant, or `nil` where the handle's tenant has left.
    @inline(__always)
    func find(_ handle: Handle) -> UnsafeMutablePointer<Element>? {
        let slot = Int(handle.slot)
        guard slot < capacity, generations[slot] == handle.generation | Self.inUse else { return nil }
        return slots + slot
    }

    /// The memory of a slot that is known to be in use.
    @inline(__always)
    func place(_ slot: UInt32) -> UnsafeMutablePointer<Element> {
        assert(tenant(of: Int(slot)) != nil, "the slot is in use")
        return slots + Int(slot)
    }

    /// Frees the slot; every handle to it is stale from now on.
    mutating func remove(_ handle: Handle) {
        precondition(find(handle) != nil, "a slot is freed once, by its tenant")
        let slot = Int(handle.slot)
        generations[slot] = (handle.generation &+ 1) & Handle.generationMask
        freeSlots[freeCount] = handle.slot
        freeCount += 1
        usedCount -= 1
    }

    /// The handle of the tenant of `slot`, or `nil` where it is free: for walking the table.
    func tenant(of slot: Int) -> Handle? {
        guard slot < touchedCount, generations[slot] & Self.inUse != 0 else { return nil }
        return Handle(slot: UInt32(truncatingIfNeeded: slot), generation: generations[slot] & Handle.generationMask)
    }

    /// Slots that may be in use lie below this index.
    var walkEnd: Int { touchedCount }
}
