// Which server a key belongs to: remembered, renewed by use, forgotten in time, and never another's for long.

import Synchronization
import Testing

@testable import Engine

@Suite("The sticky table")
struct StickyTableTests {
    private static let second: UInt64 = 1_000_000_000

    private func withTable(keptMilliseconds: UInt64 = 10_000, seed: UInt64 = 3, _ body: (StickyTable) -> Void) {
        let table = StickyTable(keptMilliseconds: keptMilliseconds, seed: seed)
        defer { table.destroy() }
        body(table)
    }

    @Test("a key has no server, then the one that was stored, then the one that was stored last", arguments: [0, 1, 65_534])
    func stored(server: Int) {
        withTable { table in
            #expect(table.server(of: 7, at: 0) == nil)
            table.store(server, for: 7, at: 0)
            #expect(table.server(of: 7, at: 0) == server)
            table.store(42, for: 7, at: 0)
            #expect(table.server(of: 7, at: 0) == 42)
            #expect(table.server(of: 8, at: 0) == nil)
        }
    }

    @Test(
        "it is kept as long as was said since its last use, and no second longer",
        arguments: [(10_000, 10), (9_001, 10), (1, 1)] as [(UInt64, UInt64)])
    func expiry(milliseconds: UInt64, seconds: UInt64) {
        withTable(keptMilliseconds: milliseconds) { table in
            var now = 1_000 * Self.second
            table.store(5, for: 1, at: now)
            for _ in 0..<5 {
                now += seconds * Self.second
                #expect(table.server(of: 1, at: now) == 5)
            }
            #expect(table.server(of: 1, at: now + (seconds + 1) * Self.second) == nil)
            // Asking in vain is no use of it.
            #expect(table.server(of: 1, at: now + (seconds + 1) * Self.second) == nil)
        }
    }

    @Test("a shard whose clock was read a little earlier finds what another has used since")
    func clocks() {
        withTable { table in
            table.store(5, for: 1, at: 101 * Self.second)
            #expect(table.server(of: 1, at: 100 * Self.second) == 5)
        }
    }

    @Test("times that go round half a year after the start make no difference")
    func round() {
        withTable { table in
            let end = (StickyTable.secondsMask + 1) * Self.second
            table.store(5, for: 1, at: end - 3 * Self.second)
            #expect(table.server(of: 1, at: end + 4 * Self.second) == 5)
            #expect(table.server(of: 1, at: end + 15 * Self.second) == nil)
        }
    }

    @Test("of 16,000 keys nearly all are found again, and none with a server that is not its own")
    func many() {
        withTable { table in
            for key in 0..<16_000 as Range<UInt64> { table.store(Int(key % 5_000), for: key, at: 0) }
            var (lost, wrong) = (0, 0)
            for key in 0..<16_000 as Range<UInt64> {
                switch table.server(of: key, at: 0) {
                case nil: lost += 1
                case Int(key % 5_000): break
                default: wrong += 1
                }
            }
            // Two of eight cells are taken in the mean; more than eight keys meet once in some thousand sets.
            #expect(lost < 32, "\(lost) are lost")
            // 37 bits tell keys apart: 128 million pairs, one in 137,000 million alike.
            #expect(wrong == 0)
        }
    }

    @Test("where a set is full the key that was used longest ago makes room")
    func eviction() {
        withTable(keptMilliseconds: 3_600_000) { table in
            for key in 0..<40_000 as Range<UInt64> { table.store(1, for: key, at: 0) }
            let old = (0..<40_000 as Range<UInt64>).filter { table.server(of: $0, at: 0) == 1 }
            // Some are used again, then others come: three of eight cells are for the used and the new ones.
            let used = Set(old.filter { $0 % 8 == 0 })
            for key in used { #expect(table.server(of: key, at: 60 * Self.second) == 1) }
            for key in 100_000..<116_000 as Range<UInt64> { table.store(2, for: key, at: 30 * Self.second) }
            let usedLeft = used.filter { table.server(of: $0, at: 60 * Self.second) == 1 }.count
            let othersLeft = old.filter { !used.contains($0) && table.server(of: $0, at: 60 * Self.second) == 1 }.count
            #expect(usedLeft * 1_000 > used.count * 995, "\(usedLeft) of \(used.count) used again are left")
            #expect(
                othersLeft * 100 < (old.count - used.count) * 95, "\(othersLeft) of \(old.count - used.count) others are left")
        }
    }

    @Test("which keys meet hangs on the seed")
    func seeds() {
        func lost(_ seed: UInt64) -> Set<UInt64> {
            var lost: Set<UInt64> = []
            withTable(seed: seed) { table in
                for key in 0..<65_536 as Range<UInt64> { table.store(1, for: key, at: 0) }
                lost = Set((0..<65_536 as Range<UInt64>).filter { table.server(of: $0, at: 0) == nil })
            }
            return lost
        }
        let (first, second) = (lost(1), lost(2))
        #expect(first == lost(1))
        #expect(!first.isEmpty && first.intersection(second).count < first.count / 2)
    }

    @Test("four threads that store and look up see only servers that the key has had")
    func threads() {
        withTable { table in
            let strange = Atomic<Int>(0)
            onThreads(4) { thread in
                for step in 0..<20_000 as Range<UInt64> {
                    let key = step % 50
                    let now = step * 10_000_000
                    if let server = table.server(of: key, at: now), server / 4 != Int(key) {
                        strange.wrappingAdd(1, ordering: .relaxed)
                    }
                    table.store(Int(key) * 4 + thread, for: key, at: now)
                }
            }
            #expect(strange.load(ordering: .relaxed) == 0)
        }
    }
}
