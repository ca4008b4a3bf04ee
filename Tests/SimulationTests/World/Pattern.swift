// The bytes of a stream as a function of who sends them and how far the stream is: no byte has to be
// stored to be checked, and a byte of another stream, or from another place, does not match.

import Glibc

enum Pattern {
    /// A prime, so that windows of different streams do not fall into step.
    private static let period = 131_071

    // Written once, before its first use, and only read from then on. Twice the period, so that every
    // window of one period lies in one piece.
    nonisolated(unsafe) private static let table: UnsafePointer<UInt8> = {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * period)
        var chance = Chance(seed: 7)
        for index in 0..<period {
            memory[index] = UInt8(truncatingIfNeeded: chance.next() >> 24)
            memory[index + period] = memory[index]
        }
        return UnsafePointer(memory)
    }()

    /// Writes the bytes of `stream` from `offset` on.
    static func write(_ stream: Int, offset: Int, into memory: UnsafeMutablePointer<UInt8>, count: Int) {
        var done = 0
        while done < count {
            let step = min(period, count - done)
            memcpy(memory + done, table + place(stream, offset + done), step)
            done += step
        }
    }

    /// Whether these are the bytes of `stream` from `offset` on.
    static func matches(_ stream: Int, offset: Int, _ memory: UnsafePointer<UInt8>, count: Int) -> Bool {
        var done = 0
        while done < count {
            let step = min(period, count - done)
            guard memcmp(memory + done, table + place(stream, offset + done), step) == 0 else { return false }
            done += step
        }
        return true
    }

    private static func place(_ stream: Int, _ offset: Int) -> Int { (stream &* 40_503 &+ 977 &+ offset) % period }
}
