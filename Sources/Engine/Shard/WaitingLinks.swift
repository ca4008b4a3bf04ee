// Who stands before and behind whom in a queue through a table: two numbers a slot.

/// The neighbours of each slot of a slab that waits in a `WaitingSlots`. A plain handle to memory that lives
/// until `destroy`, present only where it was touched.
struct WaitingLinks: BitwiseCopyable {
    struct Link: BitwiseCopyable {
        var before: UInt32
        var after: UInt32
    }

    private let links: UnsafeMutablePointer<Link>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        links = Pages.reserve(capacity, of: Link.self)
    }

    func destroy() { Pages.release(links, count: capacity) }

    subscript(slot: UInt32) -> Link {
        get {
            assert(Int(slot) < capacity, "a slot of the slab that the links belong to")
            return links[Int(slot)]
        }
        nonmutating set { links[Int(slot)] = newValue }
    }
}

/// Slots that wait, in the order they came: one that gives up leaves from the middle.
struct WaitingSlots: BitwiseCopyable {
    static let none = UInt32.max
    private(set) var first = none
    private(set) var last = none
    private(set) var count = 0

    mutating func append(_ slot: UInt32, in links: WaitingLinks) {
        links[slot] = WaitingLinks.Link(before: last, after: Self.none)
        if last == Self.none { first = slot } else { links[last].after = slot }
        last = slot
        count += 1
    }

    mutating func remove(_ slot: UInt32, in links: WaitingLinks) {
        let link = links[slot]
        if link.before == Self.none { first = link.after } else { links[link.before].after = link.after }
        if link.after == Self.none { last = link.before } else { links[link.after].before = link.before }
        count -= 1
    }
}
