// The pieces of a queue as the vectors of one send, the same for both real engines.

internal import CLinux

enum GatheredSend {
    /// Pieces of one gathered send; more go with the next one.
    static var piecesMax: Int { 64 }

    /// Fills vectors from the chain at `first`: the pieces, and their bytes together.
    static func fill(_ vectors: UnsafeMutablePointer<swivel_iovec>, from first: UInt32, of buffers: BufferPool) -> (Int, Int) {
        var (pieces, bytes, index) = (0, 0, first)
        while index != BufferPool.none, pieces < piecesMax {
            let held = buffers[index]
            vectors[pieces] = swivel_iovec(base: buffers.base(of: index) + Int(held.offset), count: Int(held.count))
            pieces &+= 1
            bytes &+= Int(held.count)
            index = held.next
        }
        return (pieces, bytes)
    }
}
