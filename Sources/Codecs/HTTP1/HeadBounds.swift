// How far the reading of one head may go.

struct HeadBounds {
    /// No byte from here on is looked at.
    let end: Int
    /// What it means that the head has not ended before `end`.
    let shortage: HeadStop

    @inline(__always)
    init(byteCount: Int, limits: HeadLimits) {
        let headBytesMax = min(limits.headBytesMax, Int(UInt32.max))
        // Negative limits would be the operator's; the places below `end` are those of the bytes.
        end = max(0, min(byteCount, headBytesMax))
        shortage = byteCount >= headBytesMax ? .rejected(.headTooLong) : .partial
    }

    /// The end for a scan of the line that begins at `start`: one byte more than it may have, so that a line that
    /// is too long shows.
    @inline(__always)
    func lineBound(from start: Int, bytesMax: Int) -> Int {
        bytesMax < end &- start ? start &+ bytesMax &+ 1 : end
    }

    /// What it means that a line's text has reached its bound.
    func lineStop(from start: Int, bytesMax: Int, rejection: Rejection) -> HeadStop {
        bytesMax < end &- start ? .rejected(rejection) : shortage
    }
}
