// Draws a scenario from a seed: an engine, and one of several kinds of bad weather.

import Codecs
import Config
@testable import Engine

/// What a run is mostly about.
enum Weather: CaseIterable {
    /// Nothing fails: every connection must come to its clean end.
    case fair
    /// Peers reset, close early, close half; servers refuse.
    case resets
    /// Peers that stall, or hardly move; short timeouts.
    case slow
    /// Few buffers, chunks, descriptors, pipes.
    case scarce
    /// More clients than there is room for.
    case crowded
    /// Flows that are worth a splice.
    case bulk
    /// Drained or stopped in the middle.
    case leaving
    /// Everything at once.
    case storm
}

extension Scenario {
    init(seed: UInt64) {
        self.init()
        self.seed = seed
        var chance = Chance(seed: seed ^ 0x5eed_0000_0000)
        let weather = Weather.allCases[Int(seed / 8 % UInt64(Weather.allCases.count))]
        habits = Scenario.habits(variant: Int(seed % 8), weather, &chance)
        isFair = weather == .fair || weather == .bulk
        shardCount = chance.happens(150) ? 2 : 1
        balance = chance.happens(500) ? .roundRobin : .leastConnections
        isLogging = chance.happens(100)
        drawTimes(weather, &chance)
        drawFaults(weather, &chance)
        drawNetwork(weather, &chance)
        drawLimits(weather, &chance)
        drawPeople(weather, &chance)
        drawEnd(weather, &chance)
        drawEdge(weather, &chance)
    }

    static func habits(variant: Int, _ weather: Weather, _ chance: inout Chance) -> EngineHabits {
        var habits = EngineHabits()
        switch variant {
        case 0: break
        case 1: habits.isBundling = false
        case 2: habits = .singleShotRing
        case 3: habits.isMultishot = false
        case 4: (habits.sendsLate, habits.isQuiet) = (true, false)
        case 5: (habits.isQuiet, habits.isMultishotAccept) = (false, false)
        default: habits = .epoll
        }
        if habits.keepsReceivedBytes {
            let isScarce = weather == .scarce || weather == .storm
            habits.receiveCount = isScarce ? chance.one(of: [4, 8, 16]) : chance.one(of: [16, 32, 64, 256])
            habits.receiveBytes = weather == .bulk ? 4096 : chance.one(of: [64, 512, 1024, 4096])
        }
        habits.spillCount = weather == .scarce || weather == .storm ? chance.within(0...8) : 512
        habits.scratchBytes = chance.one(of: [256, 4096, 65_536])
        habits.bulkReceiveBytes = weather == .bulk ? chance.one(of: [1024, 4096]) : 4096
        habits.completionsMax = chance.one(of: [1, 3, 16, 1024])
        habits.piecesMax = chance.one(of: [1, 2, 64])
        habits.reportsAnyRoom = chance.happens(300)
        habits.latency = 0...chance.one(of: [0, 20_000, 200_000, 5_000_000])
        return habits
    }

    mutating func drawTimes(_ weather: Weather, _ chance: inout Chance) {
        // The coarse clock's 32 bits come round in the middle of some runs.
        let wrap: UInt64 = 1 << 55
        startsAt = chance.happens(200) ? wrap - UInt64(chance.below(3000)) * 1_000_000 : UInt64(1 + chance.below(1_000_000)) * 1_000_000
        connectTimeout = UInt64(chance.within(200...1500))
        guard weather == .slow || weather == .storm else { return }
        tunnelTimeout = UInt64(chance.within(800...3000))
        halfCloseTimeout = UInt64(chance.within(300...3000))
    }

    mutating func drawFaults(_ weather: Weather, _ chance: inout Chance) {
        func level(_ least: Int = 0) -> Int { chance.one(of: [least, 0, 20, 200]) }
        faults.partialReceive = level(900)
        faults.partialSend = level(900)
        faults.partialTransfer = level()
        faults.seemsFull = level()
        faults.interrupted = chance.one(of: [0, 0, 20])
        faults.endsMultishot = level()
        faults.cancelLoses = level(900)
        faults.spuriousPoll = level()
        faults.fullQueue = level()
        faults.lateWake = level()
        faults.messageRefused = level()
        faults.shortSplice = level(900)
        guard weather == .scarce || weather == .storm else { return }
        faults.acceptFails = chance.one(of: [0, 20, 100])
        faults.socketFails = chance.one(of: [0, 20, 100])
        faults.pipeFails = chance.one(of: [0, 500])
        faults.smallPipe = chance.one(of: [0, 500])
        faults.unspliceable = chance.one(of: [0, 0, 300])
    }

    mutating func drawNetwork(_ weather: Weather, _ chance: inout Chance) {
        network.latency = 0...chance.one(of: [1000, 200_000, 5_000_000])
        let largest = weather == .bulk ? 262_144 : chance.one(of: [64, 2000, 20_000, 262_144])
        let least = weather == .bulk ? 16_384 : max(20, largest / 50)
        network.sendCapacity = least...largest
        network.receiveCapacity = least...largest
    }

    mutating func drawLimits(_ weather: Weather, _ chance: inout Chance) {
        switch weather {
        case .bulk: splice = chance.one(of: [.auto, .auto, .on])
        case .storm, .scarce: splice = chance.one(of: [.auto, .on, .off])
        default: splice = chance.one(of: [.auto, .auto, .auto, .on, .off])
        }
        pipesMax = chance.within(0...4)
        pipeBytes = chance.one(of: [65_536, 262_144])
        guard weather == .crowded || weather == .storm else { return }
        queueMax = chance.one(of: [0, 1, 3, 1024])
        queueTimeout = UInt64(chance.one(of: [1, 50, 1000, 20_000]))
        connectionsMax = chance.within(1...8)
        if chance.happens(300) { connectionsMax = 2000 }
        listenerLimits = (0..<chance.within(1...3)).map { _ in chance.happens(500) ? chance.within(1...4) : nil }
    }

    /// Who may come in, and what is said of clients.
    private mutating func drawEdge(_ weather: Weather, _ chance: inout Chance) {
        let isHostile = weather == .resets || weather == .storm || weather == .leaving
        if chance.happens(250) {
            let version = chance.one(of: [ProxyHeader.Version.v1, .v2])
            for index in servers.indices where chance.happens(700) { servers[index].introduction = version }
            if isHostile { faults.shortIntroduction = chance.one(of: [0, 100]) }
        }
        if chance.happens(250) {
            hasPrefaces = true
            addressCount = chance.one(of: [1, 2, 5])
            for index in clients.indices { drawPreface(index, isHostile: isHostile, &chance) }
        }
        guard !isFair, chance.happens(200) else { return }
        addressCount = addressCount ?? chance.one(of: [1, 2, 5])
        connectionsPerAddressMax = chance.within(1...4)
        isFirstAddressDenied = chance.happens(300)
        if chance.happens(300) { connectionRatePerAddress = Rate(count: chance.within(1...5), periodMilliseconds: 1_000) }
    }

    private mutating func drawPreface(_ index: Int, isHostile: Bool, _ chance: inout Chance) {
        let kind: Preface.Kind = isHostile ? chance.one(of: [.whole, .whole, .whole, .cut, .broken]) : .whole
        clients[index].script.preface = Preface(
            kind, chance.one(of: [.v1, .v2, .v2]), source: Endpoint(host: address(chance.below(100)), port: 50_000),
            extensionBytes: chance.one(of: [0, 0, 40, 2_000, 4_000]))
        // Nothing comes behind half a header.
        if kind == .cut { clients[index].script.bytes = 0 }
        if kind == .cut { clients[index].script.ending = .shutdown }
    }

    mutating func drawEnd(_ weather: Weather, _ chance: inout Chance) {
        drainPause = UInt64(chance.below(3)) * 1_000_000
        let isScarce = weather == .scarce || weather == .storm
        if isScarce, chance.happens(300) {
            descriptorsMax = chance.within(2...10)
            descriptorChanges = [(at: UInt64(chance.within(100...4000)) * 1_000_000, descriptorsMax: nil)]
        }
        guard weather == .leaving || (weather == .storm && chance.happens(300)) else { return }
        let time = UInt64(chance.below(20_000)) * 1000
        switch chance.below(3) {
        case 0: drainsAt = time
        case 1: stopsAt = time
        default: (drainsAt, stopsAt) = (time, time + UInt64(chance.below(10_000)) * 1000)
        }
    }
}
