// Situations with a name, each on engines that keep received bytes and on those that do not.

import Config
import Testing

@testable import Engine

@Suite struct ScenarioTests {
    static let engines: [EngineHabits] = [.ring, .singleShotRing, .epoll]

    private func clients(_ count: Int, _ script: PeerScript, every pause: UInt64 = 50_000) -> [ClientPlan] {
        (0..<count).map { ClientPlan(at: UInt64($0) * pause, script: script) }
    }

    private func servers(_ script: PeerScript) -> [ServerHabits] {
        var server = ServerHabits()
        server.scripts = [script]
        return [server]
    }

    @Test("a client that has finished still gets its answer", arguments: engines)
    func clientEndsFirst(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.clients = clients(4, .sends(3_000))
        scenario.servers = servers(.sends(50_000, then: .afterPeer))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.read == 50_000 && $0.serverRead == 3_000 })
        #expect(outcome[.finished] == 4)
    }

    @Test("a server that has finished still gets the rest of the upload", arguments: engines)
    func serverEndsFirst(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.clients = clients(4, .sends(50_000, then: .afterPeer))
        scenario.servers = servers(.sends(10))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.read == 10 && $0.serverRead == 50_000 })
    }

    @Test("a reader that stalls stops its writer, and later gets every byte", arguments: engines)
    func stalledReader(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        var reader = PeerScript.sends(0, then: .afterPeer)
        reader.readsAfter = 5_000_000_000
        scenario.servers = servers(reader)
        scenario.clients = clients(3, .sends(400_000))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.serverRead == 400_000 })
        #expect(outcome.virtualNanoseconds > 5_000_000_000)
    }

    @Test("stalled readers hold no receive buffer: the next client is served at once", arguments: [EngineHabits.ring, .singleShotRing])
    func manyStalledReaders(habits: EngineHabits) throws {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.habits.spillCount = 256
        var stalled = PeerScript.sends(60)
        stalled.readsAfter = 20_000_000_000
        var server = PeerScript.sends(60_000, then: .afterPeer)
        server.pause = 0...0
        scenario.servers = servers(server)
        scenario.clients = clients(40, stalled, every: 10_000)
        scenario.clients.append(ClientPlan(at: 3_000_000_000, script: .sends(60)))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        let last = try #require(outcome.clients.last)
        #expect(last.isSatisfied)
        #expect(try #require(last.firstByteAfter) < 50_000_000)
    }

    @Test("a bulk flow is spliced, a chatty one only where it is demanded", arguments: engines)
    func splice(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.habits.receiveCount = habits.keepsReceivedBytes ? 64 : 0
        scenario.habits.receiveBytes = habits.keepsReceivedBytes ? 4_096 : 0
        scenario.network.sendCapacity = 262_144...262_144
        scenario.network.receiveCapacity = 262_144...262_144
        var bulk = PeerScript.sends(2_000_000)
        bulk.chunk = 65_536...262_144
        bulk.pause = 0...1_000
        scenario.clients = [ClientPlan(script: bulk)]
        var reader = PeerScript.sends(0, then: .afterPeer)
        reader.readChunk = 1_000_000...1_000_000
        scenario.servers = servers(reader)
        let fast = Simulation.run(scenario)
        #expect(fast.violation == nil)
        #expect(fast[.spliceBegun] >= 1)
        #expect(fast[.bytesSpliced] > 500_000)
        scenario.splice = .on
        scenario.clients[0].script.chunk = 1...3_000
        scenario.clients[0].script.bytes = 200_000
        let demanded = Simulation.run(scenario)
        #expect(demanded.violation == nil)
        #expect(demanded[.bytesSpliced] == 200_000)
        scenario.splice = .auto
        let chatty = Simulation.run(scenario)
        #expect(chatty.violation == nil)
        #expect(chatty[.bytesSpliced] == 0)
    }

    @Test("without a pipe bulk goes through buffers", arguments: engines)
    func noPipes(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.splice = .on
        scenario.pipesMax = 0
        scenario.clients = clients(3, .sends(300_000))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(outcome[.bytesSpliced] == 0)
        #expect(outcome[.pipesExhausted] > 0)
    }

    @Test("a drain accepts whom the kernel had queued, and serves them to their end", arguments: engines)
    func drain(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.clients = clients(12, .sends(5_000), every: 100)
        scenario.drainsAt = 2_000
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(outcome[.accepted] + outcome.turnedAway == 12)
        #expect(outcome[.accepted] == outcome[.finished])
    }

    @Test("a stop ends connects that have no answer", arguments: engines)
    func stopWhileConnecting(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.connectTimeout = 30_000
        scenario.servers[0].answers = [.silence]
        scenario.clients = clients(5, .sends(10))
        scenario.stopsAt = 400_000_000
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.stopped] == 5)
        #expect(outcome.virtualNanoseconds < 600_000_000)
    }

    @Test("without descriptors accept pauses, and goes on within a second of relief", arguments: engines)
    func descriptors(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.clients = clients(10, .sends(100), every: 1_000)
        scenario.descriptorsMax = 0
        scenario.descriptorChanges = [(at: 3_000_000_000, descriptorsMax: nil)]
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.pausesForDescriptors] > 0)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.goneAt < 4_100_000_000 })
        #expect(outcome.turns < 600, "while there is nothing to be had the shard sleeps")
    }

    @Test("what a server said before its reset reaches the client, and then the reset", arguments: engines)
    func earlyAnswer(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.network.latency = 0...0
        var client = PeerScript.sends(300_000)
        client.pause = 0...20_000
        client.readPause = 0...0
        scenario.clients = clients(5, client)
        scenario.servers = servers(.sends(2_000, then: .close))
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.read == 2_000 })
    }

    @Test("a server's limit holds over four shards, and places go round until everybody was served", arguments: engines)
    func serverLimit(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.shardCount = 4
        scenario.queueTimeout = 60_000
        scenario.servers[0].connectionsMax = 3
        scenario.clients = clients(40, .sends(3_000), every: 2_000)
        for index in scenario.clients.indices { scenario.clients[index].shard = index % 4 }
        // That there is never a fourth is what the simulated server judges.
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(outcome[.queued] > 20)
        #expect(outcome[.placesHandedOver] > 0)
        #expect(outcome[.queueTimeouts] == 0)
    }

    @Test("on one shard the queue drains in order", arguments: engines)
    func queueOrder(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.servers[0].connectionsMax = 1
        scenario.clients = clients(12, .sends(500), every: 300_000)
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        let ends = outcome.clients.map(\.goneAt)
        #expect(ends == ends.sorted())
    }

    @Test("who waits too long, or finds too many waiting, is cut off and nobody else", arguments: engines)
    func queueBounds(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.queueMax = 3
        scenario.queueTimeout = 500
        scenario.servers[0].connectionsMax = 1
        var long = PeerScript.sends(10)
        long.delay = 2_000_000_000
        scenario.clients = clients(8, long, every: 1_000_000)
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome[.queued] == 3)
        #expect(outcome[.queueTimeouts] == 3)
        #expect(outcome[.queueFull] == 4)
        #expect(outcome.clients.count { $0.isSatisfied } == 1)
    }

    @Test("connections that all come to one shard are spread over the others", arguments: engines)
    func handOver(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.shardCount = 3
        var long = PeerScript.sends(10)
        long.delay = 1_000_000_000
        scenario.clients = clients(30, long, every: 100_000)
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(13...20 ~= outcome[.handOvers], "\(outcome[.handOvers])")
        #expect(outcome[.handOvers] == outcome[.received])
    }

    @Test("a limit of the process is met and not passed, and everybody is served in the end", arguments: engines)
    func processLimit(habits: EngineHabits) {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.connectionsMax = 2
        scenario.clients = clients(9, .sends(4_000), every: 1_000)
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied })
        #expect(outcome[.pausesAtLimit] > 0)
    }
}
