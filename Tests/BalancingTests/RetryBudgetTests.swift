// The retry budget at both sides of its bounds.

import Synchronization
import Testing

@testable import Balancing

@Suite("The retry budget")
struct RetryBudgetTests {
    private func withBudget<Answer>(percent: Int, shardCount: Int = 1, _ body: (RetryBudget) -> Answer) -> Answer {
        let budget = RetryBudget(percent: percent, shardCount: shardCount)
        defer { budget.destroy() }
        return body(budget)
    }

    /// How many of `asked` retries at that second are allowed.
    private func allowed(_ budget: RetryBudget, asked: Int = 1_000, second: Double) -> Int {
        (0..<asked).filter { _ in budget.mayRetry(at: UInt64(second * 1e9)) }.count
    }

    private func request(_ budget: RetryBudget, count: Int, shard: Int = 0, second: Double) {
        for _ in 0..<count { budget.noteRequest(shard: shard, at: UInt64(second * 1e9)) }
    }

    @Test("without requests three a second are allowed, and the fourth is not")
    func minimum() {
        withBudget(percent: 20) { budget in
            #expect((0..<4).map { _ in budget.mayRetry(at: 0) } == [true, true, true, false])
            #expect(!budget.mayRetry(at: 999_999_999))
            #expect((0..<4).map { _ in budget.mayRetry(at: 1_000_000_000) } == [true, true, true, false])
        }
    }

    @Test(
        "the share is allowed to the last retry and no further",
        arguments: [(20, 100, 20), (20, 104, 20), (20, 105, 21), (100, 7, 7), (0, 500, 3)])
    func share(percent: Int, requests: Int, expected: Int) {
        withBudget(percent: percent) { budget in
            request(budget, count: requests, second: 100)
            #expect(allowed(budget, second: 100.5) == expected)
        }
    }

    @Test("a small share never means less than the minimum")
    func smallShare() {
        withBudget(percent: 20) { budget in
            request(budget, count: 10, second: 5)
            #expect(allowed(budget, second: 5) == 3)
        }
    }

    @Test("requests count for the window and not longer", arguments: [(9.0, 20), (10.0, 3), (16.0, 3), (26.0, 3)])
    func window(later: Double, expected: Int) {
        withBudget(percent: 20) { budget in
            request(budget, count: 100, second: 50)
            #expect(allowed(budget, second: 50 + later) == expected)
        }
    }

    @Test("retries of the whole window count, and are forgotten with it")
    func retriesInWindow() {
        withBudget(percent: 20) { budget in
            for second in 0..<40 {
                request(budget, count: 100, second: Double(second))
                let before = allowed(budget, second: Double(second))
                // Ten seconds of requests fill up at first; then each second brings what it takes away.
                #expect(before == 20, "at second \(second): \(before)")
            }
        }
    }

    @Test("what was not used in the window can be used at once, but once")
    func burst() {
        withBudget(percent: 20) { budget in
            for second in 0..<10 { request(budget, count: 100, second: Double(second)) }
            #expect(allowed(budget, second: 9) == 200)
            #expect(allowed(budget, second: 9.9) == 0)
        }
    }

    @Test("requests of all shards count, retries of all shards are one sum")
    func shards() {
        withBudget(percent: 10, shardCount: 4) { budget in
            for shard in 0..<4 { request(budget, count: 100, shard: shard, second: 1) }
            #expect(allowed(budget, second: 1) == 40)
        }
    }

    @Test("a refused retry is not counted")
    func refused() {
        withBudget(percent: 50) { budget in
            #expect(allowed(budget, second: 7) == 3)
            request(budget, count: 10, second: 7)
            #expect(allowed(budget, second: 7) == 2, "five in all")
        }
    }

    @Test("the last second that a clock can say is a second like others")
    func endOfTime() {
        withBudget(percent: 20) { budget in
            budget.noteRequest(shard: 0, at: .max)
            #expect((0..<4).map { _ in budget.mayRetry(at: .max) } == [true, true, true, false])
        }
    }

    private final class Tally: Sendable { let allowed = Atomic<Int>(0) }

    @Test("four threads together never pass the share")
    func threads() {
        withBudget(percent: 20, shardCount: 4) { budget in
            for shard in 0..<4 { request(budget, count: 1_000, shard: shard, second: 3) }
            let tally = Tally()
            onThreads(4) { _ in
                for _ in 0..<5_000 where budget.mayRetry(at: 3_000_000_000) { tally.allowed.wrappingAdd(1, ordering: .relaxed) }
            }
            let allowed = tally.allowed.load(ordering: .relaxed)
            #expect(allowed <= 800 && allowed >= 790, "\(allowed): threads at the edge may refuse each other, not more")
        }
    }
}
