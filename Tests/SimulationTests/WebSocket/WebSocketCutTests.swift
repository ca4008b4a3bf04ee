// Each kind of frame, cut at every position on either side, while nothing happens and while the balancer wants to
// say something of its own: a ping, a drain's close, a close as the other end broke the rules.

import Testing

@testable import Engine

@Suite struct WebSocketCutTests {
    enum Kind: CaseIterable {
        case empty, short, longer, longest, fragments, ping, pong, longPong, close, bareClose
    }

    enum Wish: CaseIterable {
        case nothing, ping, drain, rules
    }

    private static let pingsMilliseconds: UInt64 = 100

    private static func frames(_ kind: Kind, isMasked: Bool) -> [SaidFrame] {
        var chance = Chance(seed: 4)
        func data(_ count: Int, _ opcode: UInt8 = 2, isFinal: Bool = true) -> SaidFrame {
            .data(opcode, isFinal: isFinal, reserved: 0, stream: 77, count: count, isMasked: isMasked, &chance)
        }
        func control(_ opcode: UInt8, _ count: Int) -> SaidFrame {
            .control(opcode, BodyText.bytes(78, offset: 0, count: count), isMasked: isMasked, &chance)
        }
        let close = SaidFrame.close(3_000, reason: Array("why".utf8), isMasked: isMasked, &chance)
        switch kind {
        case .empty: return [data(0), data(1), close]
        case .short: return [data(9), data(3), close]
        case .longer: return [data(126), data(0), close]
        case .longest: return [data(65_536), data(0), close]
        case .fragments:
            return [data(2, 1, isFinal: false), control(SaidFrame.ping, 3), data(0, 0, isFinal: false), data(4, 0), close]
        case .ping: return [control(SaidFrame.ping, 8), data(2), close]
        case .pong: return [control(SaidFrame.pong, 8), data(2), close]
        case .longPong: return [control(SaidFrame.pong, 11), data(2), close]
        case .close: return [close]
        case .bareClose: return [.close(nil, reason: [], isMasked: isMasked, &chance)]
        }
    }

    /// One tunnel for each position, all at the same time.
    private static func scenario(_ kind: Kind, _ wish: Wish, isClient: Bool, _ habits: EngineHabits) -> Scenario {
        var speaker = WebSocketHabits.says(0, then: .waits)
        speaker.script = frames(kind, isMasked: isClient)
        speaker.isCut = true
        var other = WebSocketHabits.says(2, every: 20_000_000, then: .waits)
        if wish == .rules {
            other = .says(0, every: 200_000_000, then: .waits)
            other.flaw = .wrongMask
        }
        let positions = min(speaker.script.reduce(0) { $0 + $1.bytes.count } - 1, 26)
        let scene = WebSocketScene(habits: habits)
        var scenario = isClient ? scene.scenario(positions, speaker, other) : scene.scenario(positions, other, speaker)
        scenario.webSocket.drainSpread = 0
        if wish == .ping { scenario.webSocket.pingInterval = pingsMilliseconds }
        if wish == .drain { scenario.drainsAt = 200_000_000 }
        return scenario
    }

    @Test("wherever a frame is cut, it arrives whole, and nothing stands within it", arguments: Kind.allCases, Wish.allCases)
    func cuts(kind: Kind, wish: Wish) {
        for habits in [WebSocketScene.smallRing, .epoll] {
            for isClient in [true, false] {
                let outcome = WebSocketScene.run(Self.scenario(kind, wish, isClient: isClient, habits))
                let frames = Self.frames(kind, isMasked: isClient)
                let closeStart = frames.dropLast().reduce(0) { $0 + $1.bytes.count }
                for (index, tunnel) in outcome.tunnels.enumerated() {
                    let isInClose = index + 1 > closeStart
                    judge(
                        tunnel, wish, isClient: isClient, isInClose: isInClose,
                        "\(kind) of the \(isClient ? "client" : "server"), cut after \(index + 1)")
                }
            }
        }
    }

    private func judge(_ tunnel: TunnelFate, _ wish: Wish, isClient: Bool, isInClose: Bool, _ what: Comment) {
        let (speaker, target) = isClient ? (tunnel.client, tunnel.server) : (tunnel.server, tunnel.client)
        switch wish {
        case .nothing, .ping:
            #expect(target.isAll && !target.isCloseOurs && target.close != nil, what)
            #expect(speaker.close != nil, what)
            // The speaker is silent for as long as its frame is cut; its pong comes behind it.
            if wish == .ping, !isInClose { #expect(speaker.pings >= 1, what) }
        case .drain:
            // A close of the server may have been on its way already.
            #expect(tunnel.client.close == 1_012 || (!isClient && !tunnel.client.isCloseOurs && tunnel.client.close != nil), what)
            #expect(tunnel.server.close != nil, what)
            if isClient { #expect(target.isAll && !target.isCloseOurs, what) }
        case .rules:
            #expect(speaker.close == (isClient ? 1_014 : 1_001), what)
            // It broke the rules, and is told so: behind the frame that was on its way there.
            #expect(target.close == 1_002 || (!target.isCloseOurs && target.close != nil), what)
        }
    }
}
