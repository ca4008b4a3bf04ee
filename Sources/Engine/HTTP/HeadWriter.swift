// A head as it is written: bytes behind one another in memory of the shard.

internal import Glibc

/// Writes into `memory`. What does not fit is not written, and `isWhole` says so.
struct HeadWriter: BitwiseCopyable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var isWhole = true

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
    /// Where the next bytes go.
    var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[count...]) }

    @inline(__always)
    mutating func append(_ start: UnsafeRawPointer, _ length: Int) {
        guard length <= memory.count &- count else {
            isWhole = false
            return
        }
        memcpy(memory.baseAddress! + count, start, length)
        count &+= length
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let start = bytes.baseAddress { append(start, bytes.count) }
    }

    @inline(__always)
    mutating func append(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

    /// Puts `bytes` where `length` bytes stand from `place` on, and moves what is behind them.
    mutating func replace(_ place: Int, _ length: Int, with bytes: UnsafeRawBufferPointer) {
        precondition(place >= 0 && length >= 0 && place <= count && length <= count &- place, "what is replaced was written")
        guard bytes.count &- length <= memory.count &- count else {
            isWhole = false
            return
        }
        let start = memory.baseAddress! + place
        memmove(start + bytes.count, start + length, count &- place &- length)
        if let new = bytes.baseAddress { memcpy(start, new, bytes.count) }
        count = count &- length &+ bytes.count
    }

    mutating func append(decimal value: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var (place, left) = (20, value)
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(left % 10)
            left /= 10
        } while left > 0
        withUnsafeBytes(of: &digits) { append(UnsafeRawBufferPointer(rebasing: $0[place...])) }
    }

    /// Bytes were written to `room` directly.
    mutating func wrote(_ length: Int) { count += length }
}
