// Joins one client and one server directly, without an engine and without a link: what one says the other hears,
// in random pieces. On the way it may do something wrong, for a look at the judges.

final class Wire {
    enum Fault: CaseIterable {
        case losesOfRequest, changesRequest, losesOfAnswer, changesAnswer, doublesAnswer, endsAnswerEarly, swallowsAnswer
    }

    let ledger: Ledger
    let client: HTTPClient
    let server: HTTPServer
    let line: ServerLine
    private var chance: Chance
    private var now: UInt64 = 0
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    private let fault: Fault?
    /// Bytes that go before the fault happens.
    private var faultPlace: Int
    private var hasClientEnded = false
    private var hasServerEnded = false

    init(_ plan: HTTPClientPlan, _ habits: HTTPServerHabits, seed: UInt64, fault: Fault? = nil, faultPlace: Int = 0) {
        var scenario = Scenario()
        scenario.seed = seed
        scenario.isFair = true
        chance = Chance(seed: seed)
        ledger = Ledger(scenario)
        ledger.isProxied = false
        line = ServerLine(nil, server: -1)
        client = HTTPClient(plan, ledger, nil)
        server = HTTPServer(habits, ledger, line)
        self.fault = fault
        self.faultPlace = faultPlace
    }

    deinit { ledger.tearDown() }

    /// Until nobody has anything to say. Answers the first rule that was broken.
    func run() -> String? {
        tell(client) { $0.begin() }
        tell(server) { $0.begin() }
        var steps = 0
        while ledger.violation == nil, !(client.isOver && server.isOver) {
            steps += 1
            if steps > 200_000 { return "they do not come to an end" }
            if step() { continue }
            guard let time = [client.wakesAt, server.wakesAt].compactMap({ $0 }).min() else { break }
            now = max(now, time)
            for speaker in [client, server] as [Conversation] where speaker.wakesAt.map({ $0 <= now }) ?? false {
                speaker.wakesAt = nil
                tell(speaker) { $0.woke() }
            }
        }
        if ledger.violation == nil { ledger.checkEnd() }
        return ledger.violation
    }

    private func tell(_ speaker: Conversation, _ body: (Conversation) -> Void) {
        guard !speaker.isOver else { return }
        speaker.now = now
        body(speaker)
    }

    /// Moves something, or answers that there is nothing to move.
    private func step() -> Bool {
        toServer += client.output
        client.output = []
        toClient += server.output
        server.output = []
        let isUp = toClient.isEmpty || chance.happens(500)
        if isUp, !toServer.isEmpty { carryUp() } else if !toClient.isEmpty { carryDown() } else { return end() }
        return true
    }

    private func carryUp() {
        var bytes = Array(toServer.prefix(chance.part(of: toServer.count)))
        toServer.removeFirst(bytes.count)
        spoil(&bytes, [.losesOfRequest, .changesRequest])
        bytes.withUnsafeBufferPointer { bytes in
            ledger.told(line, bytes)
            tell(server) { $0.received(bytes) }
        }
    }

    private func carryDown() {
        var bytes = Array(toClient.prefix(chance.part(of: toClient.count)))
        toClient.removeFirst(bytes.count)
        line.plainRead += bytes.count
        spoil(&bytes, [.losesOfAnswer, .changesAnswer, .doublesAnswer, .endsAnswerEarly, .swallowsAnswer])
        bytes.withUnsafeBufferPointer { bytes in
            if !bytes.isEmpty { tell(client) { $0.received(bytes) } }
        }
    }

    private func spoil(_ bytes: inout [UInt8], _ faults: [Fault]) {
        guard let fault, faults.contains(fault) else { return }
        guard faultPlace < bytes.count else {
            faultPlace -= bytes.count
            return
        }
        switch fault {
        case .losesOfRequest, .losesOfAnswer: if faultPlace >= 0 { bytes.remove(at: faultPlace) }
        case .changesRequest, .changesAnswer: if faultPlace >= 0 { bytes[faultPlace] ^= 0x20 }
        case .doublesAnswer: if faultPlace >= 0 { bytes.insert(bytes[faultPlace], at: faultPlace) }
        case .endsAnswerEarly, .swallowsAnswer:
            bytes.removeLast(faultPlace >= 0 ? bytes.count - faultPlace : bytes.count)
            if fault == .endsAnswerEarly {
                tell(client) { $0.ended() }
                tell(client) { $0.left() }
            }
        }
        faultPlace = -1
    }

    /// Nothing is said: whoever wants to go goes.
    private func end() -> Bool {
        if let gesture = client.gesture, !hasClientEnded {
            hasClientEnded = true
            if gesture == .end { tell(server) { $0.ended() } } else { part(client, server) }
            return true
        }
        if let gesture = server.gesture, !hasServerEnded {
            hasServerEnded = true
            if gesture == .reset { tell(client) { $0.cutOff() } } else { tell(client) { $0.ended() } }
            if gesture != .end { part(server, client) }
            return true
        }
        return false
    }

    private func part(_ leaver: Conversation, _ other: Conversation) {
        leaver.left()
        tell(other) { $0.ended() }
    }
}
