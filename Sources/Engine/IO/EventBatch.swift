// What one wait of epoll has brought, event by event. Knows epoll's memory. Knows nothing of who waits for what.

internal import CLinux

/// The events of the last wait. Several things may be ready in one: the present event is done with once no bit is left.
struct EventBatch: ~Copyable {
    private let events: UnsafeMutablePointer<swivel_epoll_event>
    private(set) var count = 0
    private var index = 0
    /// What is left of the present event.
    var bits: UInt32 = 0
    /// Connections that the present event may still bring, so that a flood of them keeps nobody waiting.
    var acceptsLeft = 0

    private static var eventsMax: Int { 512 }
    private static var acceptsMax: Int { 64 }

    init() { events = .allocate(capacity: Self.eventsMax) }

    deinit { events.deallocate() }

    /// Those that came within so many nanoseconds (0: that are there), or -errno.
    mutating func wait(on epoll: Int32, _ nanoseconds: UInt64) -> Int32 {
        let result = swivel_epoll_wait(epoll, events, Int32(Self.eventsMax), nanoseconds)
        count = max(0, Int(result))
        index = 0
        start()
        return result
    }

    /// Whether there is a present event.
    var isOpen: Bool { index < count }

    /// What the present event's descriptor was watched with.
    var data: UInt64 { events[index].data }

    /// Goes on to the next event.
    mutating func advance() {
        index &+= 1
        start()
    }

    private mutating func start() {
        bits = index < count ? events[index].events : 0
        acceptsLeft = Self.acceptsMax
    }
}
