// What travels with an operation to the kernel and comes back with its completion.

/// The operations of a shard. The raw value is the top byte of a token.
enum Operation: UInt8 {
    /// Of a listener; the slot is the listener's index.
    case accept = 1
    /// Of a relay, for the direction from the client to the server (`up`) and back (`down`).
    case receiveUp, receiveDown
    case sendUp, sendDown
    /// Readiness of a direction's source to be read, and of its target to be written.
    case bytesUp, bytesDown
    case roomUp, roomDown
    /// That a direction's source broke while it is not read.
    case failureUp, failureDown
    case connect
    /// Another thread has left a message for the shard.
    case wake
    /// The engine's own: a cancel's answer, which nobody waits for.
    case cancel
    case close
    /// Another ring's message: there is something in the inbox.
    case message
    /// A message that another ring did not take; the slot is its shard.
    case bell
    /// Of a connection in http mode: received, sent, readable, writable, broken, connected.
    case receive, send, bytes, room, failure, open
}

/// 64 bits of user data: operation (8), generation (24), slot (32).
struct Token: Equatable, BitwiseCopyable {
    var rawValue: UInt64

    @inline(__always)
    init(rawValue: UInt64) { self.rawValue = rawValue }

    @inline(__always)
    init(_ operation: Operation, _ handle: Handle) {
        rawValue = UInt64(operation.rawValue) << 56 | UInt64(handle.generation) << 32 | UInt64(handle.slot)
    }

    /// Of what has no slot of its own: a listener, a mailbox.
    @inline(__always)
    init(_ operation: Operation, index: Int) {
        self.init(operation, Handle(slot: UInt32(truncatingIfNeeded: index), generation: 0))
    }

    var operation: Operation? { Operation(rawValue: UInt8(truncatingIfNeeded: rawValue >> 56)) }

    var handle: Handle {
        Handle(
            slot: UInt32(truncatingIfNeeded: rawValue),
            generation: UInt32(truncatingIfNeeded: rawValue >> 32) & Handle.generationMask)
    }
}
