// Memory that submission entries point to, in the io_uring engine: the kernel reads it while it takes the entries, and
// once it has taken all, all of it is free again.

internal import CLinux

/// Vectors and messages of gathered sends.
struct SubmissionMemory: ~Copyable {
    private let vectors: UnsafeMutablePointer<swivel_iovec>
    private let messages: UnsafeMutablePointer<swivel_message>
    private let messagesMax: Int
    private var vectorCount = 0
    private var messageCount = 0

    private static var vectorsMax: Int { 8192 }

    /// - Parameter entryCount: so many entries are handed over at once at the most, and each has one message at the most.
    init(entryCount: Int) {
        vectors = .allocate(capacity: Self.vectorsMax)
        messages = .allocate(capacity: entryCount)
        messagesMax = entryCount
    }

    deinit {
        vectors.deallocate()
        messages.deallocate()
    }

    func hasRoom(forVectors count: Int) -> Bool { vectorCount + count <= Self.vectorsMax && messageCount != messagesMax }

    mutating func takeVectors(_ count: Int) -> UnsafeMutablePointer<swivel_iovec> {
        defer { vectorCount &+= count }
        return vectors + vectorCount
    }

    /// A message of the vectors that were taken last. Those behind the first `pieces` are free again.
    mutating func takeMessage(
        _ gathered: UnsafeMutablePointer<swivel_iovec>, pieces: Int
    ) -> UnsafeMutablePointer<swivel_message> {
        vectorCount = gathered - vectors &+ pieces
        let message = messages + messageCount
        messageCount &+= 1
        message.initialize(
            to: swivel_message(
                name: nil, name_bytes: 0, vectors: gathered, vector_count: pieces, control: nil, control_bytes: 0, flags: 0))
        return message
    }

    /// The kernel has taken every entry, and with them what they point to.
    mutating func handedOver() { (vectorCount, messageCount) = (0, 0) }
}
