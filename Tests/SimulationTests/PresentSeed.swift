// Names the seeds that are running when the process traps: a precondition of the engine prints none.

import Glibc
import Synchronization

enum PresentSeed {
    private static let placeCount = 64

    // Atomics, made once: 0 is a free place. With the first use the handlers stand as well.
    nonisolated(unsafe) private static let places: UnsafeMutablePointer<Atomic<UInt64>> = {
        let memory = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: placeCount)
        for index in 0..<placeCount { (memory + index).initialize(to: Atomic(0)) }
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS] {
            signal(number) { number in
                PresentSeed.report()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        return memory
    }()

    /// Runs `body`, and names `seed` should it trap.
    static func during<Answer>(_ seed: UInt64, _ body: () -> Answer) -> Answer {
        for index in 0..<placeCount where places[index].compareExchange(expected: 0, desired: seed, ordering: .relaxed).exchanged {
            defer { places[index].store(0, ordering: .relaxed) }
            return body()
        }
        return body()
    }

    /// Async-signal-safe: digits on the stack, and write(2).
    private static func report() {
        for index in 0..<placeCount {
            var seed = places[index].load(ordering: .relaxed)
            guard seed > 0 else { continue }
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { text in
                var place = text.count
                func put(_ byte: UInt8) {
                    place -= 1
                    text[place] = byte
                }
                put(UInt8(ascii: "\n"))
                while seed > 0 {
                    put(UInt8(ascii: "0") + UInt8(seed % 10))
                    seed /= 10
                }
                for byte: UInt8 in [0x3d, 0x44, 0x45, 0x45, 0x53] { put(byte) }  // "SEED=", backwards
                for byte: UInt8 in [0x20, 0x74, 0x61, 0x20, 0x70, 0x61, 0x72, 0x74] { put(byte) }  // "trap at ", backwards
                _ = write(2, text.baseAddress! + place, text.count - place)
            }
        }
    }
}
