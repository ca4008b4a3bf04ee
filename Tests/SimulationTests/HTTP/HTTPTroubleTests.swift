// Situations of HTTP where somebody fails, is slow, or has to wait, each on engines that keep received bytes and on
// those that do not.

import Config
import Testing

@testable import Engine

@Suite struct HTTPTroubleTests {
    // MARK: - Servers that fail

    @Test(
        "a cut answer is cut for the client as well", arguments: HTTPScene.engines,
        [Answer.Fault.resetsAfter(1_000), .closesAfter(1_000)])
    func cut(habits: EngineHabits, fault: Answer.Fault) {
        for framing in [Answer.Framing.length, .chunked, .untilClose]
        where framing != .untilClose || fault == .resetsAfter(1_000) {
            var scenario = HTTPScene(habits: habits).failing(fault)
            scenario.servers[0].http.framings = [framing]
            let outcome = HTTPScene.run(scenario)
            // A reset may overtake what was said before it.
            let isReset = fault != .closesAfter(1_000)
            #expect(outcome.exchanges.allSatisfy { $0.ending == .cut || (isReset && $0.ending == .refused(status: 502)) })
        }
    }

    @Test("a malformed answer is none", arguments: HTTPScene.engines, Answer.Malformation.allCases)
    func malformed(habits: EngineHabits, kind: Answer.Malformation) {
        let outcome = HTTPScene.run(HTTPScene(habits: habits).failing(.malformed(kind)))
        let wanted: ExchangeFate.Ending = kind == .chunkSize ? .cut : .refused(status: 502)
        #expect(outcome.exchanges.allSatisfy { $0.ending == wanted && $0.attemptCount == 1 })
    }

    @Test(
        "a request that a server dropped goes to another where it may be repeated, and once only where not",
        arguments: HTTPScene.engines)
    func repeated(habits: EngineHabits) {
        for fault in [Answer.Fault.resetsFirst, .closesFirst] {
            var scenario = HTTPScene(habits: habits).failing(fault)
            scenario.servers.append(ServerHabits())
            #expect(HTTPScene.run(scenario).exchanges.allSatisfy { $0.isAnswered && $0.attemptCount <= 2 })
            scenario = HTTPScene(habits: habits).failing(fault, .post(.length(100)))
            #expect(HTTPScene.run(scenario).exchanges.allSatisfy { $0.ending == .refused(status: 502) && $0.attemptCount == 1 })
            // Far enough apart for the budget of retries.
            scenario = HTTPScene(habits: habits).failing(fault)
            scenario.clients[1].at = 5_000_000_000
            #expect(HTTPScene.run(scenario).exchanges.allSatisfy { $0.ending == .refused(status: 502) && $0.attemptCount == 3 })
        }
    }

    @Test("a second answer that nobody asked for is not the next request's", arguments: HTTPScene.engines)
    func twice(habits: EngineHabits) {
        let outcome = HTTPScene.run(HTTPScene(habits: habits).failing(.twice))
        #expect(outcome.exchanges.count == 2)
        #expect(outcome.exchanges.allSatisfy { $0.isAnswered })
    }

    @Test("a server that never answers gives 504, one that refuses gives 503", arguments: HTTPScene.engines)
    func unserved(habits: EngineHabits) {
        var silent = HTTPScene(habits: habits).failing(.silent)
        silent.http.serverTimeout = 2_000
        silent.hasShortTimeouts = true
        silent.servers[0].http.pause = 5_000_000_000...5_000_000_000
        #expect(HTTPScene.run(silent).exchanges.allSatisfy { $0.ending == .refused(status: 504) })
        for answer in [ServerHabits.Answer.refuses, .unreachable, .silence] {
            var scenario = HTTPScene(habits: habits).scenario([.asks([.get()]), .asks([.post(.length(10))])])
            scenario.servers[0].answers = [answer]
            #expect(HTTPScene.run(scenario).exchanges.allSatisfy { $0.ending == .refused(status: 503) && $0.attemptCount == 0 })
        }
    }

    @Test("an idle connection that its server has closed is not used for the next request", arguments: HTTPScene.engines)
    func stale(habits: EngineHabits) {
        var requests: [RequestPlan] = [.get(), .post(.length(500)), .post(.none)]
        for index in requests.indices { requests[index].pauseNanoseconds = 500_000_000 }
        var scenario = HTTPScene(habits: habits).scenario([.asks(requests)])
        scenario.servers[0].http.idle = 100_000_000...200_000_000
        scenario.http.reuse = .always
        #expect(HTTPScene.run(scenario).isAnswered(times: 3))
    }

    // MARK: - Time

    @Test("a head that does not end is answered 408, a silent client is closed", arguments: HTTPScene.engines)
    func slowHead(habits: EngineHabits) {
        var stalled = HTTPClientPlan.asks([.get()])
        stalled.mishap = .stallsAfter(30)
        var scenario = HTTPScene(habits: habits).scenario([stalled, .asks([RequestPlan.get(pause: 60_000_000_000)])])
        scenario.http.headTimeout = 1_000
        scenario.hasShortTimeouts = true
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.exchanges.map(\.ending) == [.refused(status: 408)])
        #expect(outcome.clients.allSatisfy { (900_000_000...8_000_000_000).contains($0.goneAt) })
    }

    @Test("a body that stops coming ends its exchange", arguments: HTTPScene.engines)
    func slowBody(habits: EngineHabits) {
        var stalled = HTTPClientPlan.asks([.post(.length(5_000))])
        stalled.mishap = .stallsAfter(2_000)
        var scenario = HTTPScene(habits: habits).scenario([stalled])
        scenario.http.bodyIdleTimeout = 1_000
        scenario.hasShortTimeouts = true
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.exchanges.map(\.ending) == [.refused(status: 408)])
        #expect(outcome.exchanges[0].wholeCount == 0)
    }

    @Test("a reader that is slow and alive is never cut", arguments: HTTPScene.engines)
    func slowReader(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).scenario([.asks([.get()])])
        scenario.http.clientTimeout = 1_000
        scenario.isFair = true
        (scenario.servers[0].http.bodyBytesMin, scenario.servers[0].http.bodyBytesMax) = (200_000, 200_000)
        scenario.clients[0].script.readChunk = 2_000...2_000
        scenario.clients[0].script.readPause = 300_000_000...300_000_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 1))
        #expect(outcome.virtualNanoseconds > 20_000_000_000)
    }

    @Test("a client that asks nothing more is closed in time", arguments: HTTPScene.engines)
    func keepAlive(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).scenario([.asks([.get()], then: .lingers)])
        scenario.http.keepAliveTimeout = 2_000
        scenario.isFair = true
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 1))
        #expect((1_900_000_000...3_000_000_000).contains(outcome.clients[0].goneAt))
    }

    // MARK: - Room

    @Test("a server's limit is one of exchanges: clients that are idle hold no place", arguments: HTTPScene.engines)
    func limited(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).fair((0..<20).map { _ in .asks([.get(), .get(), .get()]) }, every: 1_000)
        scenario.servers[0].connectionsMax = 2
        #expect(HTTPScene.run(scenario).isAnswered(times: 60))
    }

    @Test("where too many wait, or too long, the answer is 503", arguments: HTTPScene.engines)
    func queued(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).scenario((0..<10).map { _ in .asks([.get()]) }, every: 1_000)
        scenario.servers[0].connectionsMax = 1
        scenario.servers[0].http.pause = 400_000_000...400_000_000
        scenario.queueMax = 4
        scenario.queueTimeout = 1_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.exchanges.count { $0.ending == .refused(status: 503) } >= 5)
        #expect(outcome.exchanges.count(where: \.isAnswered) >= 2)
        #expect(outcome[.queueFull] >= 5)
        #expect(outcome[.queueTimeouts] >= 1)
    }

    @Test("a request that is collected holds no server while it comes", arguments: HTTPScene.engines)
    func collected(habits: EngineHabits) throws {
        var scenario = HTTPScene(habits: habits).fair([.asks([.post(.length(20_000))]), .asks([.get()])])
        scenario.servers[0].connectionsMax = 1
        scenario.http.requestBufferBytes = 1 << 20
        scenario.queueTimeout = 60_000
        scenario.clients[0].script.chunk = 100...100
        scenario.clients[0].script.pause = 20_000_000...20_000_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 2))
        #expect(outcome.clients[0].goneAt > 3_000_000_000)
        #expect(outcome.clients[1].goneAt < 1_000_000_000)
    }

    @Test("an answer that is collected holds no server while it is read", arguments: HTTPScene.engines)
    func collectedAnswer(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).fair([.asks([.get()]), .asks([.get()])])
        scenario.habits.spillCount = 512
        scenario.servers[0].connectionsMax = 1
        scenario.http.responseBufferBytes = 1 << 20
        scenario.queueTimeout = 60_000
        (scenario.servers[0].http.bodyBytesMin, scenario.servers[0].http.bodyBytesMax) = (300_000, 300_000)
        scenario.clients[0].script.readsAfter = 10_000_000_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 2))
        #expect(outcome.clients[0].goneAt > 10_000_000_000)
        #expect(outcome.clients[1].goneAt < 3_000_000_000)
    }

    /// The client has said all of it, and no more; the server's end is understood a little after the client's.
    @Test("who half-closes behind a whole request is not told that it was not, where its server has gone")
    func halfClosedToNobody() {
        #expect(Simulation.run(Scenario(httpSeed: 22_704)).violation == nil)
    }

    // MARK: - The end

    @Test("a drain brings every exchange to its end, and ends who is idle", arguments: HTTPScene.engines)
    func drained(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).scenario(
            (0..<5).map { _ in .asks([.get()], then: .lingers) }
                + (0..<5).map { _ in .asks([.post(.length(50_000))], then: .lingers) }, every: 0)
        for index in 5..<10 {
            scenario.clients[index].script.chunk = 1_000...1_000
            scenario.clients[index].script.pause = 10_000_000...10_000_000
        }
        scenario.drainsAt = 200_000_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 10))
        #expect(outcome.clients[5...].allSatisfy { $0.goneAt > 400_000_000 })
        #expect(outcome.clients.allSatisfy { $0.goneAt < 5_000_000_000 })
    }

    @Test("a stop ends everything at once", arguments: HTTPScene.engines)
    func stopped(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).scenario(
            [.asks([.get()], then: .lingers), .asks([.post(.length(50_000))])], every: 0)
        scenario.clients[1].script.chunk = 100...100
        scenario.clients[1].script.pause = 10_000_000...10_000_000
        scenario.stopsAt = 300_000_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.clients.allSatisfy { $0.goneAt < 400_000_000 })
    }
}
