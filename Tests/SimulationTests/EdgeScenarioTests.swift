// Situations at the edge: who is let in, who says who it is, and what servers are told.

import Codecs
import Config
import Testing

@testable import Engine

@Suite struct EdgeScenarioTests {
    static let engines: [EngineHabits] = [.ring, .singleShotRing, .epoll]
    private static let client = Endpoint(host: .ipv4(Scenario.named + 7), port: 50_000)

    private func scenario(_ habits: EngineHabits, _ count: Int, _ script: PeerScript) -> Scenario {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.clients = (0..<count).map { ClientPlan(at: UInt64($0) * 50_000, script: script) }
        scenario.servers[0].scripts = [.echo]
        return scenario
    }

    private func sends(_ bytes: Int, behind preface: Preface, chunk: ClosedRange<Int> = 1...4096) -> PeerScript {
        var script = PeerScript.sends(bytes)
        script.preface = preface
        script.chunk = chunk
        return script
    }

    @Test(
        "a header of any length and in any pieces names the client, and the server gets the rest", arguments: engines,
        [(ProxyHeader.Version.v1, 0), (.v2, 0), (.v2, 100), (.v2, 4_096 - 28)])
    func whole(habits: EngineHabits, header: (version: ProxyHeader.Version, extensionBytes: Int)) {
        for piece in [1, 3, 64, 5_000] where header.extensionBytes < 1_000 || piece > 3 {
            let preface = Preface(.whole, header.version, source: Self.client, extensionBytes: header.extensionBytes)
            var scenario = scenario(habits, 8, sends(3_000, behind: preface, chunk: 1...piece))
            for index in scenario.clients.indices { scenario.clients[index].script.pause = 0...20_000 }
            scenario.hasPrefaces = true
            scenario.isLogging = true
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil)
            #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.serverRead == 3_000 && $0.read == 3_000 })
            #expect(outcome[.finished] == 8)
        }
    }

    @Test("the first two pieces of a header may be cut anywhere", arguments: engines)
    func cuts(habits: EngineHabits) {
        for version in ProxyHeader.Version.allCases {
            let preface = Preface(.whole, version, source: Self.client)
            for count in 1..<preface.bytes.count {
                var script = sends(100, behind: preface, chunk: count...count)
                script.pause = 1_000_000...1_000_000
                var scenario = scenario(habits, 1, script)
                scenario.network.latency = 0...0
                scenario.hasPrefaces = true
                let outcome = Simulation.run(scenario)
                #expect(outcome.violation == nil, "\(version) in pieces of \(count)")
                #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.serverRead == 100 })
            }
        }
    }

    @Test("a header that is cut or broken is refused and counted", arguments: engines, [Preface.Kind.cut, .broken])
    func refused(habits: EngineHabits, kind: Preface.Kind) {
        let preface = Preface(kind, .v2, source: Self.client)
        var scenario = scenario(habits, 6, sends(kind == .cut ? 0 : 50, behind: preface, chunk: 1...5))
        scenario.hasPrefaces = true
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.proxyMalformed] == 6)
        #expect(outcome.connections == [0])
    }

    @Test("a header is waited for five seconds", arguments: engines)
    func late(habits: EngineHabits) {
        var script = sends(10, behind: Preface(.whole, .v1, source: Self.client), chunk: 1...1)
        script.pause = 1_000_000_000...1_000_000_000
        var scenario = scenario(habits, 3, script)
        scenario.hasPrefaces = true
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.proxyTimeouts] == 3)
        #expect(outcome.clients.allSatisfy { (4_900_000_000...5_200_000_000).contains($0.goneAt) })
    }

    @Test("a client that leaves without a word is not refused", arguments: engines)
    func silent(habits: EngineHabits) {
        var scenario = scenario(habits, 5, .sends(0))
        scenario.hasPrefaces = true
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.proxyEmpty] == 5)
        #expect(outcome[.proxyMalformed] == 0)
    }

    @Test("clients that say nothing are ended by a stop, and hold a drain up for five seconds at most", arguments: engines)
    func leaving(habits: EngineHabits) {
        var script = PeerScript.sends(0, then: .never)
        script.delay = 60_000_000_000
        var scenario = scenario(habits, 4, script)
        scenario.hasPrefaces = true
        scenario.drainsAt = 1_000_000_000
        let drained = Simulation.run(scenario)
        #expect(drained.violation == nil)
        #expect(drained[.proxyTimeouts] == 4)
        scenario.stopsAt = 2_000_000_000
        let stopped = Simulation.run(scenario)
        #expect(stopped.violation == nil)
        #expect(stopped[.stopped] == 4)
    }

    @Test("no address has more than its connections, over several shards, and all places come back", arguments: engines, [1, 3])
    func addresses(habits: EngineHabits, shardCount: Int) {
        var script = PeerScript.sends(20_000)
        script.pause = 0...500_000
        var scenario = scenario(habits, 40, script)
        scenario.shardCount = shardCount
        for index in scenario.clients.indices { scenario.clients[index].shard = index % shardCount }
        scenario.addressCount = 4
        scenario.connectionsPerAddressMax = 3
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.deniedAddressConnections] > 0)
        #expect(outcome[.finished] >= 12)
        #expect(outcome[.finished] + outcome[.deniedAddressConnections] == 40)
    }

    @Test("a rate lets the first ones in and refuses the rest", arguments: engines)
    func rate(habits: EngineHabits) {
        var scenario = scenario(habits, 30, .sends(100))
        scenario.addressCount = 2
        scenario.connectionRatePerAddress = Rate(count: 4, periodMilliseconds: 3_600_000)
        scenario.isFirstAddressDenied = true
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.finished] == 4)
        #expect(outcome[.deniedAddressRate] == 11)
        #expect(outcome[.deniedByList] == 15)
    }

    @Test("every server that wants it is told whom it serves, before the first byte", arguments: engines)
    func introduced(habits: EngineHabits) {
        for splice in [ProcessOptions.Splice.auto, .on] {
            var scenario = scenario(habits, 10, sends(9_000, behind: Preface(.whole, .v1, source: Self.client)))
            scenario.splice = splice
            scenario.hasPrefaces = true
            scenario.servers = [scenario.servers[0], scenario.servers[0], scenario.servers[0]]
            scenario.servers[0].introduction = .v1
            scenario.servers[2].introduction = .v2
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil)
            #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.serverRead == 9_000 })
        }
    }

    @Test("a header that does not fit the server's socket is a failed connect, and another server is tried", arguments: engines)
    func short(habits: EngineHabits) {
        var scenario = scenario(habits, 20, .sends(500))
        scenario.servers = [scenario.servers[0], scenario.servers[0]]
        scenario.servers[0].introduction = .v2
        scenario.faults.shortIntroduction = 1_000
        scenario.retriesMax = 1
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(outcome[.connectErrors] > 0)
        #expect(outcome.connections == [0, 20])
    }
}
