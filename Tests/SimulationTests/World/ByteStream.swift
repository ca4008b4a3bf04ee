// The bytes of one direction of a link, in worlds where they have a meaning that a pattern cannot give them.

import Glibc

/// Bytes by their offset in the stream, from the first that somebody may still ask for.
final class ByteStream {
    private var bytes: [UInt8] = []
    /// The offset of the first one kept.
    private var start = 0
    /// The offset behind the last.
    var end: Int { start + bytes.count }

    func append(_ more: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: more) }

    func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Copies `count` bytes from `offset` on.
    func copy(from offset: Int, into memory: UnsafeMutablePointer<UInt8>, count: Int) {
        precondition(offset >= start && offset + count <= end, "nobody reads what was not said, or is forgotten")
        guard count > 0 else { return }
        bytes.withUnsafeBufferPointer { held in
            _ = memcpy(memory, held.baseAddress! + (offset - start), count)
        }
    }

    /// Lends `count` bytes from `offset` on.
    func lend(from offset: Int, count: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        precondition(offset >= start && offset + count <= end, "nobody reads what was not said, or is forgotten")
        // A copy of the reference: what `body` says may end in this stream.
        let held = bytes
        held.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[(offset - start)..<(offset - start + count)])) }
    }

    /// Forgets what stands before `offset`; in steps, as each one moves the rest.
    func forget(before offset: Int) {
        guard offset - start > max(65_536, bytes.count / 2) || offset == end else { return }
        bytes.removeFirst(offset - start)
        start = offset
    }
}
