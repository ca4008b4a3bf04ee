// The vector scans of CScan over a Span: their bounds are checked here, once a scan.

internal import CScan

extension Span where Element == UInt8 {
    /// The first place from `start` on whose byte is no token's (RFC 9110 section 5.6.2), or `end`.
    @inline(__always)
    func tokenEnd(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_token_end($0.baseAddress, start, end) }
    }

    /// The first place from `start` on that holds a control byte other than a tab, or `end`.
    @inline(__always)
    func valueEnd(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_value_end($0.baseAddress, start, end) }
    }

    /// The first place from `start` on that holds a blank, a control byte, one beyond ASCII or `#`, or `end`.
    @inline(__always)
    func targetEnd(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_target_end($0.baseAddress, start, end) }
    }

    /// As `targetEnd`, and `?` ends it as well.
    @inline(__always)
    func pathEnd(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_path_end($0.baseAddress, start, end) }
    }

    /// The first place from `start` on that holds no letter, digit, hyphen or dot, or `end`.
    @inline(__always)
    func plainHostEnd(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_plain_host_end($0.baseAddress, start, end) }
    }

    /// The first place from `start` on that holds a line feed, or `end`.
    @inline(__always)
    func lineFeed(from start: Int, to end: Int) -> Int {
        precondition(0 <= start && start <= end && end <= count, "a scan is within its bytes")
        return unsafe withUnsafeBufferPointer { unsafe swivel_line_feed($0.baseAddress, start, end) }
    }

    /// Whether so many bytes from `range.start` on are this literal, whose letters are small, in any case.
    func equal(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<range.count {
            let byte = self[range.lowerBound + index]
            let isCapital = UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z")
            // A literal lives as long as the program, and the index is within its length.
            guard unsafe (isCapital ? byte | 0x20 : byte) == word.utf8Start[index] else { return false }
        }
        return true
    }
}
