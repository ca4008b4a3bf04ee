// Bytes written one after another into room that somebody else owns: what does not fit is dropped.
// Knows how much room is left. Knows nothing of what the bytes mean.

extension OutputSpan where Element == UInt8 {
    /// Writes one byte, or nothing where there is no room.
    mutating func put(_ byte: UInt8) {
        if freeCapacity > 0 { append(byte) }
    }

    /// Writes as many of the bytes as there is room for.
    mutating func put(_ bytes: Span<UInt8>) {
        for index in 0..<Swift.min(bytes.count, freeCapacity) {
            append(bytes[index])
        }
    }

    /// Writes as much of a literal as there is room for; a literal is never copied or counted.
    mutating func put(_ literal: StaticString) {
        // A literal lives as long as the program, and `utf8CodeUnitCount` is its length in bytes.
        let bytes = unsafe UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        unsafe put(Span(_unsafeElements: bytes))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Has `write` fill the buffer from its start.
    ///
    /// - Returns: the bytes written.
    func filled(by write: (inout OutputSpan<UInt8>) -> Void) -> Int {
        // The caller lends the whole buffer for the length of this call, and bytes have no alignment.
        let bytes = unsafe bindMemory(to: UInt8.self)
        var output = unsafe OutputSpan(buffer: bytes, initializedCount: 0)
        write(&output)
        return unsafe output.finalize(for: bytes)
    }
}
