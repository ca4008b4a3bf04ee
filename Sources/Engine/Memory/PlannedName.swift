// A name of the configuration as bytes: for logs and heads, which know no strings.

/// Bytes that stay where they are until `destroy`.
struct PlannedName: BitwiseCopyable {
    var bytes: UnsafeRawBufferPointer

    init(_ name: String) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: name.utf8.count, alignment: 1)
        memory.copyBytes(from: name.utf8)
        bytes = UnsafeRawBufferPointer(memory)
    }

    /// A name that somebody else keeps.
    init(borrowing bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func destroy() { bytes.deallocate() }

    /// Whether `other` spells the same name, in any case of letters.
    ///
    /// - Parameter sparesUnderscores: `_` in it counts as `-`, as it does for servers that make variables of fields (CGI, WSGI).
    func matches(_ other: UnsafeRawBufferPointer, sparesUnderscores: Bool = false) -> Bool {
        guard bytes.count == other.count else { return false }
        for index in 0..<bytes.count {
            let byte = sparesUnderscores && other[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : other[index]
            if Self.lowered(bytes[index]) != Self.lowered(byte) { return false }
        }
        return true
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }
}
