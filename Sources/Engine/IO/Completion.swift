// What the kernel says of an operation that it has finished, or of one step of one that goes on.

/// One completion. Bytes that were received are either a chain of receive buffers (`chain`) or lie in
/// the engine's scratch memory (`scratch`), which is valid only until the next completion is taken.
struct Completion: BitwiseCopyable {
    var token: Token
    /// Bytes, a descriptor, ready events, or -errno.
    var result: Int32
    /// Whether the operation stays with the kernel (multishot).
    var hasMore = false
    var chain = BufferQueue()
    var scratch: UnsafeMutablePointer<UInt8>?
}
