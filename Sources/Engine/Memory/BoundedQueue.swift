// First in, first out, in a fixed ring of places.

/// A queue of plain values that never grows.
struct BoundedQueue<Element: BitwiseCopyable>: ~Copyable {
    let capacity: Int
    private let places: UnsafeMutablePointer<Element>
    private var head = 0
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a queue has a place")
        self.capacity = capacity
        places = Pages.reserve(capacity, of: Element.self)
    }

    deinit { Pages.release(places, count: capacity) }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == capacity }
    var first: Element? { count > 0 ? places[head] : nil }

    /// Answers `false`, and leaves the queue as it was, where there is no place.
    mutating func append(_ element: Element) -> Bool {
        guard count < capacity else { return false }
        var place = head &+ count
        if place >= capacity { place &-= capacity }
        places[place] = element
        count &+= 1
        return true
    }

    mutating func removeFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = places[head]
        head &+= 1
        if head == capacity { head = 0 }
        count &-= 1
        return element
    }
}
