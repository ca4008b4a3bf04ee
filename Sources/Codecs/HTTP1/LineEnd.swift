// The end of a line: CR LF and nothing else.

enum LineEnd {
    /// - Parameter index: where the line's text has stopped; within `bounds`.
    /// - Returns: where the next line begins.
    @inline(__always)
    static func read(
        _ bytes: Span<UInt8>, at index: Int, bounds: HeadBounds, otherwise rejection: Rejection
    ) throws(HeadStop) -> Int {
        precondition(index < bounds.end && bounds.end <= bytes.count, "a line's text stops within its bytes")
        // Just checked.
        let byte = unsafe bytes[unchecked: index]
        guard byte == Octet.carriageReturn else { throw .rejected(Octet.rejection(byte, otherwise: rejection)) }
        guard index &+ 1 < bounds.end else { throw bounds.shortage }
        // The end of `bounds` is within the bytes.
        guard unsafe bytes[unchecked: index &+ 1] == Octet.lineFeed else { throw .rejected(.bareCarriageReturn) }
        return index &+ 2
    }
}
