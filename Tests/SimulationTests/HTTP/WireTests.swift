// The simulation's own clients, servers and judges against one another, without an engine: where nobody does
// anything wrong no rule is broken, and what goes wrong on the way is found.

import Testing

@Suite struct WireTests {
    /// Of framing: what stands in fields is the balancer's to judge, and a line that has no end has not come.
    static let toldFlaws = Flaw.allCases.filter { ![.noHost, .twoHosts, .hostWithUser, .bareLineFeed].contains($0) }

    private static func plan(_ chance: inout Chance) -> (HTTPClientPlan, HTTPServerHabits)? {
        let scenario = Scenario(httpSeed: UInt64(1 + 72 * chance.below(1_000_000)))
        var plan = scenario.clients[0].http!
        var habits = scenario.servers[0].http
        // Nobody refuses anything here, and nothing carries an answer over a lost connection.
        guard plan.requests.allSatisfy({ $0.flaw == nil && $0.minorVersion == 1 }) else { return nil }
        for index in plan.requests.indices { plan.requests[index].hasEmptyLineBefore = false }
        plan.mishap = .none
        habits.closes = 0
        habits.oldVersion = 0
        habits.framings = habits.framings.filter { $0 != .untilClose }
        return (plan, habits)
    }

    @Test("clients and servers understand one another, however their words are cut", arguments: 0..<8)
    func understood(batch: Int) {
        var chance = Chance(seed: UInt64(batch + 1))
        var count = 0
        while count < 40 {
            guard let (plan, habits) = Self.plan(&chance) else { continue }
            count += 1
            let wire = Wire(plan, habits, seed: chance.next())
            #expect(wire.run() == nil, "batch \(batch), number \(count)")
        }
    }

    @Test("what goes wrong on the way is found", arguments: Wire.Fault.allCases)
    func found(fault: Wire.Fault) {
        var chance = Chance(seed: 99)
        var plan = HTTPClientPlan(requests: [.post(.chunked(3_000)), .get(), .post(.length(2_000)), .get()])
        plan.finale = .lingers
        var habits = HTTPServerHabits()
        habits.statuses = [200]
        (habits.bodyBytesMin, habits.bodyBytesMax) = (1_500, 4_000)
        var (tries, found) = (0, 0)
        for _ in 0..<60 {
            // In the body of the first message: there every byte counts.
            let place = 400 + chance.below(900)
            let wire = Wire(plan, habits, seed: chance.next(), fault: fault, faultPlace: place)
            tries += 1
            if wire.run() != nil { found += 1 }
        }
        #expect(found == tries, "\(fault): \(found) of \(tries)")
    }

    @Test("a request that must be refused is told from others", arguments: toldFlaws)
    func flaws(flaw: Flaw) {
        var request = RequestPlan()
        request.flaw = flaw
        if flaw == .codingInOldVersion { request.minorVersion = 0 }
        if flaw.isOfBody { request.body = .chunked(100) }
        let wire = Wire(HTTPClientPlan(requests: [request]), HTTPServerHabits(), seed: 5)
        #expect(wire.run() != nil)
    }
}
