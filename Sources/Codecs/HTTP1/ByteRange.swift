// A part of a head, by its place in the head's bytes.

/// So many bytes from `start` on. Empty where `count` is 0, whatever `start` is.
public struct ByteRange: Equatable, BitwiseCopyable, Sendable {
    public var start: UInt32
    public var count: UInt32

    public init(start: UInt32 = 0, count: UInt32 = 0) {
        self.start = start
        self.count = count
    }

    /// Both bounds are places in a head, which is at most `HeadLimits.headBytesMax` long.
    init(_ lowerBound: Int, _ upperBound: Int) {
        start = UInt32(truncatingIfNeeded: lowerBound)
        count = UInt32(truncatingIfNeeded: upperBound &- lowerBound)
    }

    public var isEmpty: Bool { count == 0 }
    /// The place behind its last byte.
    public var end: UInt32 { start &+ count }
    /// The places it holds, for slicing.
    public var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}
