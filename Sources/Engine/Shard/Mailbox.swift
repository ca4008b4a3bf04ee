// How another thread speaks to a shard: a word of orders and a descriptor that wakes it.

internal import CLinux
internal import Synchronization

/// Orders to a shard. They add up: a stop after a drain is both.
struct ShardOrders: OptionSet, Sendable {
    let rawValue: UInt32
    /// Accept no more; end when the last connection has.
    static let drain = ShardOrders(rawValue: 1 << 0)
    /// End every connection now.
    static let stop = ShardOrders(rawValue: 1 << 1)
}

/// One shard's mailbox.
final class Mailbox: Sendable {
    /// Readable when there is something to read; -1 where the tests speak directly.
    let descriptor: Int32
    private let orders = Atomic<UInt32>(0)
    private let finished = Atomic<Bool>(false)

    init() throws(SetupError) {
        descriptor = swivel_eventfd()
        guard descriptor >= 0 else { throw SetupError(.systemError, "eventfd", errno: -descriptor) }
    }

    init(simulatedDescriptor: Int32) { descriptor = simulatedDescriptor }

    func post(_ new: ShardOrders) {
        orders.bitwiseOr(new.rawValue, ordering: .releasing)
        if descriptor >= 0 { _ = swivel_eventfd_signal(descriptor) }
    }

    var posted: ShardOrders { ShardOrders(rawValue: orders.load(ordering: .acquiring)) }

    /// The shard's last word: nothing of it runs after this.
    func finish() { finished.store(true, ordering: .releasing) }
    var isFinished: Bool { finished.load(ordering: .acquiring) }
}
