// Segments of a path that lead out of where they stand. Knows bytes. Changes nothing.

/// Finds `..` in a path that something is to be put before: whoever resolves it behind that would be elsewhere.
///
/// - It is found in each spelling that a server may take for it: its dots as `%2e`; behind `/` or `\`, as they are
///   or as `%2f` or `%5c`; and with parameters, `..;x`, which servlet containers take away first.
/// - Nothing is decoded twice: `%252e` is no dot, as in `NormalizedPath`.
public enum ParentSegment {
    /// - Parameter path: without the query.
    public static func isIn(_ path: UnsafeRawBufferPointer) -> Bool {
        // The caller lends it for the length of this call, and bytes have no alignment.
        let bytes = unsafe Span(_unsafeElements: path.bindMemory(to: UInt8.self))
        // Dots of a segment that has nothing else so far; 3: it has, or more.
        var dots = 0
        var index = 0
        while index < bytes.count {
            let (byte, read) = PercentText.decoded(bytes, index)
            index &+= read
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "\\"):
                if dots == 2 { return true }
                dots = 0
            case UInt8(ascii: ";"):
                if dots == 2 { return true }
                dots = 3
            case UInt8(ascii: ".") where dots < 3: dots &+= 1
            default: dots = 3
            }
        }
        return dots == 2
    }
}
