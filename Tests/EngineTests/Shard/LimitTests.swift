// A bound on connections that all shards share: met, and never passed.

import Synchronization
import Testing

@testable import Engine

@Suite("A limit")
struct LimitTests {
    private func withLimit(_ bound: Int, _ body: (Limit) -> Void) {
        let limit = Limit(bound: bound)
        defer { limit.destroy() }
        body(limit)
    }

    @Test("places are given to the bound and not beyond", arguments: [0, 1, 5])
    func bound(count: Int) {
        withLimit(count) { limit in
            #expect((0..<count).allSatisfy { _ in limit.reserve() })
            #expect(!limit.reserve())
            #expect(limit.current == count, "a refusal takes no place")
            #expect(limit.room == 0)
        }
    }

    @Test("a place that was given back can be taken again")
    func release() {
        withLimit(1) { limit in
            #expect(limit.reserve())
            limit.release()
            #expect(limit.room == 1)
            #expect(limit.reserve())
        }
    }

    @Test("without a bound there is always room")
    func unbounded() {
        withLimit(.max) { limit in
            #expect((0..<100).allSatisfy { _ in limit.reserve() })
            #expect(limit.room == .max - 100)
        }
    }

    private final class Ledger: Sendable {
        let held = Atomic<Int>(0)
        let passed = Atomic<Int>(0)
        let taken = Atomic<Int>(0)
    }

    @Test("four threads never hold more than the bound together")
    func threads() {
        let limit = Limit(bound: 3)
        defer { limit.destroy() }
        let ledger = Ledger()
        onThreads(4) { _ in
            for _ in 0..<20_000 where limit.reserve() {
                if ledger.held.wrappingAdd(1, ordering: .relaxed).newValue > 3 { ledger.passed.wrappingAdd(1, ordering: .relaxed) }
                ledger.taken.wrappingAdd(1, ordering: .relaxed)
                ledger.held.wrappingSubtract(1, ordering: .relaxed)
                limit.release()
            }
        }
        #expect(ledger.passed.load(ordering: .relaxed) == 0)
        #expect(ledger.taken.load(ordering: .relaxed) > 1_000, "the threads did take places")
        #expect(limit.current == 0)
    }
}
