// A request's path as routes compare it: one spelling for all that mean the same.
// Knows bytes. Knows nothing of routes, and changes nothing of what goes to a server.

/// Percent-decodes, makes one slash of several, and resolves `.` and `..`: what nginx compares its locations
/// with, so that `/a/%2e%2e//b` does not get past a rule for `/b`.
///
/// - `%2F` becomes a slash, before slashes are merged and segments resolved, as in nginx: a route that guards
///   `/admin/*` sees `/x%2F..%2Fadmin/y` too.
/// - `%00` stays as it is. nginx refuses such a request; a server that would take it gets it as it came, and no
///   text with a byte of zero is compared here.
/// - A percent sign that no two hexadecimal digits follow stays as it is, where nginx refuses the request: it is
///   the server's to judge.
/// - `..` above the root is the root, where nginx refuses the request. A path that begins with no slash (`*`) is
///   left alone.
/// - A backslash is a character like any other, and nothing is decoded twice.
public enum NormalizedPath {
    /// - Parameters:
    ///   - path: without the query.
    ///   - buffer: has room for as many bytes as `path` has, and does not overlap it.
    /// - Returns: `path` itself where it is normal (one with a percent sign is written in any case), else the
    ///   beginning of `buffer`. Where the buffer is too short the answer is `path`.
    public static func write(_ path: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer)
        -> UnsafeRawBufferPointer
    {
        // The caller lends both for the length of this call, and bytes have no alignment.
        let bytes = unsafe Span(_unsafeElements: path.bindMemory(to: UInt8.self))
        guard bytes.count > 0, bytes[0] == UInt8(ascii: "/"), buffer.count >= bytes.count else { return unsafe path }
        if isNormal(bytes) { return unsafe path }
        // Never longer than the path, which fits.
        var output = unsafe MutableSpan(_unsafeElements: buffer.bindMemory(to: UInt8.self))
        let count = write(bytes, into: &output)
        return unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Whether it has neither a percent sign nor two slashes together nor a segment of dots: most paths.
    private static func isNormal(_ bytes: Span<UInt8>) -> Bool {
        var index = 1
        // Dots of a segment that has nothing else so far; 3: it has, or more.
        var dots = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "%"): return false
            case UInt8(ascii: "/"):
                // Empty, or one dot, or two.
                if dots < 3 { return false }
                dots = 0
            case UInt8(ascii: ".") where dots < 3: dots &+= 1
            default: dots = 3
            }
            index &+= 1
        }
        return dots == 0 || dots == 3
    }

    private static func write(_ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Int {
        output[0] = UInt8(ascii: "/")
        var count = 1
        // Where the segment that is being written begins: behind its slash.
        var segment = 1
        var index = 1
        while index < bytes.count {
            let (byte, read) = PercentText.decoded(bytes, index)
            index &+= read
            guard byte == UInt8(ascii: "/") else {
                output[count] = byte
                count &+= 1
                continue
            }
            if !resolve(output, &count, &segment) {
                if count == segment { continue }
                output[count] = byte
                count &+= 1
            }
            segment = count
        }
        _ = resolve(output, &count, &segment)
        return count
    }

    /// Takes back a segment that is `.` or `..`, in the latter case the one before it, too; answers whether it was
    /// one. What is left ends with a slash.
    private static func resolve(_ output: borrowing MutableSpan<UInt8>, _ count: inout Int, _ segment: inout Int) -> Bool {
        let length = count &- segment
        guard length == 1 || length == 2, output[segment] == UInt8(ascii: "."), output[count &- 1] == UInt8(ascii: ".") else {
            return false
        }
        count = segment
        if length == 2, count > 1 {
            count &-= 1
            while output[count &- 1] != UInt8(ascii: "/") { count &-= 1 }
        }
        segment = count
        return true
    }
}
