// Finds the end of a head that comes in pieces, so that a head which comes byte by byte costs each byte once.
// Knows CR LF CR LF. Whether what stands before it is a head is for the parsers to say.

/// Fed each byte once, in any pieces.
public struct HeadEnd: BitwiseCopyable, Sendable {
    /// How many bytes have been fed, up to the end where it has come.
    public private(set) var seenBytes = 0
    /// A line feed has come without its carriage return: the head will be refused, and might never end.
    public private(set) var hasBareLineFeed = false
    /// How many bytes of CR LF CR LF the last bytes are: 0 to 3.
    private var matched: UInt8 = 0

    public init() {}

    /// - Returns: how many of `bytes` there are up to and with the end, or `nil` while it has not come.
    public mutating func find(_ bytes: UnsafeRawBufferPointer) -> Int? {
        // Bytes have no alignment, and the caller lends all of them.
        find(unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
    }

    mutating func find(_ bytes: Span<UInt8>) -> Int? {
        var index = 0
        while true {
            let lineFeed = bytes.lineFeed(from: index, to: bytes.count)
            follow(bytes, from: index, to: lineFeed)
            guard lineFeed < bytes.count else {
                seenBytes += bytes.count
                return nil
            }
            index = lineFeed + 1
            switch matched {
            case 1: matched = 2
            case 3:
                matched = 0
                seenBytes += index
                return index
            default:
                matched = 0
                hasBareLineFeed = true
            }
        }
    }

    /// Takes in a run of bytes without a line feed: only a carriage return at its end can matter.
    private mutating func follow(_ bytes: Span<UInt8>, from start: Int, to end: Int) {
        guard start < end else { return }
        let endsInReturn = bytes[end - 1] == Octet.carriageReturn
        let continues = end - start == 1 && matched == 2
        matched = endsInReturn ? (continues ? 3 : 1) : 0
    }
}
