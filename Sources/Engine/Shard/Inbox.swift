// How one shard speaks to another: words in a queue, and a bell where the other may sleep.

internal import CLinux
internal import Synchronization

/// What one shard hands to another. It belongs to the receiver from then on.
enum ShardMessage: Equatable {
    /// A fresh connection, its places under every limit taken.
    case connection(descriptor: Int32, listener: Int)
    /// A place on a server, taken, for the connection that waits longest.
    case place(server: Int, backend: Int)

    init?(_ word: UInt64) {
        let (number, value) = (Int(word >> 32 & 0xff_ffff), UInt32(truncatingIfNeeded: word))
        switch word >> 56 {
        case 1: self = .connection(descriptor: Int32(bitPattern: value), listener: number)
        case 2: self = .place(server: Int(value), backend: number)
        default: return nil
        }
    }

    /// Kind (8 bits), listener or backend (24), descriptor or server (32).
    var word: UInt64 {
        switch self {
        case .connection(let descriptor, let listener):
            1 << 56 | UInt64(UInt32(truncatingIfNeeded: listener) & 0xff_ffff) << 32 | UInt64(UInt32(bitPattern: descriptor))
        case .place(let server, let backend):
            2 << 56 | UInt64(UInt32(truncatingIfNeeded: backend) & 0xff_ffff) << 32 | UInt64(UInt32(truncatingIfNeeded: server))
        }
    }
}

/// What other shards may know and ask of one: a plain handle to memory that lives as long as the data plane.
///
/// The word lies in memory that both share, and the ring message only wakes: a message that the kernel refuses
/// costs time but never a descriptor, and the epoll engine and the simulation go the same way.
struct Inbox: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.
    private struct State: ~Copyable {
        /// Connections of the shard, those on their way to it included.
        let load = Atomic<Int>(0)
        private let padding: InlineArray<15, UInt64> = .init(repeating: 0)
        /// Somebody has rung, and the shard has not looked yet.
        let isRung = Atomic<Bool>(false)
        /// The shard's ring, or -1.
        let ring = Atomic<Int32>(-1)
        private let morePadding: InlineArray<15, UInt64> = .init(repeating: 0)
    }

    let index: Int
    /// Wakes the shard where there is no ring message.
    let wakeDescriptor: Int32
    private let queue: MessageQueue
    private let state: UnsafeMutablePointer<State>

    init(index: Int, wakeDescriptor: Int32) {
        self.index = index
        self.wakeDescriptor = wakeDescriptor
        queue = MessageQueue()
        state = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<State>.stride, alignment: 128)
            .bindMemory(to: State.self, capacity: 1)
        state.initialize(to: State())
    }

    func destroy() {
        queue.destroy()
        UnsafeMutableRawPointer(state).deallocate()
    }

    // MARK: - Any shard

    var load: Int { state.pointee.load.load(ordering: .relaxed) }
    func addLoad(_ count: Int) { state.pointee.load.wrappingAdd(count, ordering: .relaxed) }

    /// The descriptor of the shard's ring, or -1 where it has none or cannot be sent ring messages.
    var ring: Int32 { state.pointee.ring.load(ordering: .relaxed) }

    /// Answers `false`, and the message stays the sender's, where the shard has ended or does not keep up.
    func post(_ message: ShardMessage) -> Bool { queue.post(message.word) }

    /// Whether the poster is to ring; of several before the shard looks only the first is.
    func shouldRing() -> Bool { !state.pointee.isRung.exchange(true, ordering: .acquiringAndReleasing) }

    func ringByDescriptor() { if wakeDescriptor >= 0 { _ = swivel_eventfd_signal(wakeDescriptor) } }

    // MARK: - The shard itself

    func setRing(_ descriptor: Int32) { state.pointee.ring.store(descriptor, ordering: .relaxed) }

    @inline(__always)
    var hasMessages: Bool { queue.hasWords }

    /// Before the messages are taken: who posts from now on rings again.
    func look() { _ = state.pointee.isRung.exchange(false, ordering: .acquiringAndReleasing) }

    func take() -> ShardMessage? {
        while let word = queue.take() {
            if let message = ShardMessage(word) { return message }
        }
        return nil
    }

    /// The shard ends: nobody posts any more.
    func close() { queue.close() }
    var isClosed: Bool { queue.isClosed }
    var isDrained: Bool { queue.isDrained }
}
