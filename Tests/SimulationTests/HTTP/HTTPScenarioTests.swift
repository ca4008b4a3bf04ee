// Situations of HTTP with a name, each on engines that keep received bytes and on those that do not. The judges
// look at every byte; a test says what has to come of it besides.

import Config
import Testing

@testable import Engine

@Suite struct HTTPScenarioTests {
    // MARK: - Answers

    @Test("pipelined requests are answered in order, over connections that are used again", arguments: HTTPScene.engines)
    func pipelined(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).fair([
            .asks((0..<20).map { $0 % 3 == 0 ? .post(.chunked(300)) : .get() }, depth: 20)
        ])
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 20))
        #expect(outcome[.serverConnects] <= 2)
    }

    @Test("one request a connection where connections are not used again", arguments: HTTPScene.engines)
    func unpooled(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).fair([.asks([.get(), .get(), .get()])])
        scenario.http.reuse = .off
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 3))
        #expect(outcome[.serverConnects] == 3)
    }

    @Test("old clients and old servers", arguments: HTTPScene.engines, [[Answer.Framing.length], [.chunked], [.untilClose]])
    func old(habits: EngineHabits, framings: [Answer.Framing]) {
        var request = RequestPlan.get()
        request.minorVersion = 0
        for isServerOld in [0, 1000] {
            var scenario = HTTPScene(habits: habits).fair((0..<6).map { _ in .asks([request]) })
            scenario.servers[0].http.framings = framings
            scenario.servers[0].http.oldVersion = isServerOld
            scenario.servers[0].http.bodyBytesMin = 100
            scenario.servers[0].http.interims = 1000
            #expect(HTTPScene.run(scenario).isAnswered(times: 6))
        }
    }

    @Test("HEAD, 204 and 304 have no body, whatever their lengths say", arguments: HTTPScene.engines, [200, 204, 304])
    func bodyless(habits: EngineHabits, status: Int) {
        var head = RequestPlan.get()
        head.method = "HEAD"
        var scenario = HTTPScene(habits: habits).fair([.asks([head, .get(), head, .get()], depth: 4)])
        scenario.servers[0].http.statuses = [status]
        scenario.servers[0].http.bodyBytesMin = 50
        #expect(HTTPScene.run(scenario).isAnswered(times: 4))
    }

    @Test("bodies in chunks keep their trailers, both ways", arguments: HTTPScene.engines)
    func trailers(habits: EngineHabits) {
        var request = RequestPlan.post(.chunked(20_000))
        request.hasTrailers = true
        request.hasExtensions = true
        request.chunkBytesMax = 50
        var scenario = HTTPScene(habits: habits).fair([.asks([request, request])])
        scenario.servers[0].http.framings = [.chunked]
        scenario.servers[0].http.bodyBytesMin = 20_000
        scenario.servers[0].http.bodyBytesMax = 20_000
        #expect(HTTPScene.run(scenario).isAnswered(times: 2))
    }

    @Test("who waits for 100 Continue gets it, or the answer, or goes on by itself", arguments: HTTPScene.engines, [1000, 0])
    func expectation(habits: EngineHabits, continues: Int) {
        var request = RequestPlan.post(.length(5_000))
        request.expectation = .waits(3_000_000_000)
        for early in [0, 1000] {
            var scenario = HTTPScene(habits: habits).fair([.asks([request]), .asks([request])])
            scenario.servers[0].http.continues = continues
            scenario.servers[0].http.early = early
            let outcome = HTTPScene.run(scenario)
            #expect(outcome.isAnswered(times: 2))
            let isSoon = continues > 0 || early > 0
            #expect(outcome.clients.allSatisfy { ($0.goneAt < 2_000_000_000) == isSoon })
        }
    }

    @Test("answers in between are passed on, and not to old clients", arguments: HTTPScene.engines)
    func interims(habits: EngineHabits) {
        var old = RequestPlan.get()
        old.minorVersion = 0
        var scenario = HTTPScene(habits: habits).fair([.asks([.get(), .get()]), .asks([old])])
        scenario.servers[0].http.interims = 1000
        #expect(HTTPScene.run(scenario).isAnswered(times: 3))
    }

    @Test("an answer that comes while the request is still being sent does not wait for it", arguments: HTTPScene.engines)
    func early(habits: EngineHabits) throws {
        var scenario = HTTPScene(habits: habits).fair([.asks([.post(.length(100_000)), .get()])])
        scenario.clients[0].script.chunk = 1_000...1_000
        scenario.clients[0].script.pause = 10_000_000...10_000_000
        scenario.servers[0].http.early = 1000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 2))
        #expect(outcome.exchanges[0].wholeCount == 1)
        #expect(try #require(outcome.clients[0].firstByteAfter) < 100_000_000)
        #expect(outcome.clients[0].goneAt > 900_000_000)
    }

    @Test("large bodies of known length go by splice, both ways", arguments: HTTPScene.engines)
    func spliced(habits: EngineHabits) {
        var scenario = HTTPScene(habits: habits).fair([.asks([.post(.length(900_000)), .get()])])
        scenario.network.sendCapacity = 100_000...100_000
        scenario.network.receiveCapacity = 100_000...100_000
        scenario.clients[0].script.chunk = 50_000...100_000
        scenario.servers[0].http.framings = [.length]
        (scenario.servers[0].http.bodyBytesMin, scenario.servers[0].http.bodyBytesMax) = (900_000, 900_000)
        scenario.servers[0].scripts[0].chunk = 50_000...100_000
        let outcome = HTTPScene.run(scenario)
        #expect(outcome.isAnswered(times: 2))
        #expect(outcome[.spliceBegun] >= 3)
        #expect(outcome[.bytesSpliced] > 1_500_000)
    }

    @Test("fields between neighbours, other forms of targets, an empty line before a request", arguments: HTTPScene.engines)
    func forms(habits: EngineHabits) {
        var absolute = RequestPlan.get()
        (absolute.form, absolute.hasHopFields) = (.absolute, true)
        var asterisk = RequestPlan.get()
        (asterisk.method, asterisk.form, asterisk.hasEmptyLineBefore) = ("OPTIONS", .asterisk, true)
        var scenario = HTTPScene(habits: habits).fair([.asks([absolute, asterisk, absolute])])
        #expect(HTTPScene.run(scenario).isAnswered(times: 3))
    }

    @Test("a client that sends no more still gets all its answers", arguments: HTTPScene.engines)
    func halfClosed(habits: EngineHabits) {
        var plan = HTTPClientPlan.asks([.get(), .post(.length(3_000)), .get()], depth: 3)
        plan.isHalfClosing = true
        var scenario = HTTPScene(habits: habits).fair([plan, plan])
        #expect(HTTPScene.run(scenario).isAnswered(times: 6))
    }

    // MARK: - Refusals

    @Test("what must be refused is, and no server sees it", arguments: HTTPScene.engines, Flaw.allCases)
    func refused(habits: EngineHabits, flaw: Flaw) {
        var request = RequestPlan.get()
        request.flaw = flaw
        if flaw == .codingInOldVersion { request.minorVersion = 0 }
        if flaw == .connect { request.method = "CONNECT" }
        if flaw.isOfBody { (request.method, request.body) = ("POST", .chunked(100)) }
        let outcome = HTTPScene.run(
            HTTPScene(habits: habits).scenario([.asks([.get(), request], depth: 2), .asks([request])]))
        #expect(outcome.exchanges.count == 3)
        #expect(outcome.exchanges.allSatisfy { $0.wholeCount == ($0.isAnswered ? 1 : 0) })
        guard !flaw.isOfBody else { return }
        let refusals = outcome.exchanges.filter {
            if case .refused(let status) = $0.ending { flaw.statuses.contains(status) } else { false }
        }
        #expect(refusals.count == 2)
        #expect(refusals.allSatisfy { $0.attemptCount == 0 })
    }
}
