// Sends whose success the kernel does not report: what has not failed once the completions were read
// has gone whole. Knows tokens and counts. Knows nothing of the ring itself.

/// The quiet sends of the present turn, in the order of their submission entries.
///
/// Sends never wait (MSG_DONTWAIT), so each has run by the time its submission returns: with full
/// success no completion is posted, with anything else one is. That halves the completions of an echo,
/// and a shard that has only sent goes to sleep in the same system call.
struct QuietSends: ~Copyable {
    private struct Send: BitwiseCopyable {
        var token: Token
        var bytes: Int32
        /// The number of its submission entry.
        var entry: UInt32
    }

    let capacity: Int
    private let sends: UnsafeMutablePointer<Send>
    private var first = 0
    private var end = 0

    init(capacity: Int) {
        self.capacity = capacity
        sends = .allocate(capacity: capacity)
    }

    deinit { sends.deallocate() }

    var isEmpty: Bool { first == end }
    var isFull: Bool { end == capacity }

    mutating func append(_ token: Token, bytes: Int, entry: UInt32) {
        precondition(end < capacity, "quiet sends are settled before their table is full")
        sends[end] = Send(token: token, bytes: Int32(truncatingIfNeeded: bytes), entry: entry)
        end &+= 1
    }

    /// A completion for `token` has come: it was not whole.
    mutating func failed(_ token: Token) {
        var index = first
        while index < end {
            if sends[index].token == token {
                sends[index].token = Token(rawValue: 0)
                return
            }
            index &+= 1
        }
    }

    /// One send that went whole, of those submitted before entry number `submitted`; called until
    /// `nil`, after all completions were read.
    mutating func nextWhole(submitted: UInt32) -> Completion? {
        while first < end {
            let send = sends[first]
            guard Int32(bitPattern: submitted &- send.entry) > 0 else { return nil }
            first &+= 1
            if first == end { (first, end) = (0, 0) }
            if send.token.rawValue != 0 { return Completion(token: send.token, result: send.bytes) }
        }
        return nil
    }
}
