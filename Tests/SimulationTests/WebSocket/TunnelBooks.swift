// What the shards have counted of tunnels, compared at the end with what the ends saw.

@testable import Engine

enum TunnelBooks {
    static func checkEnd<IO: ShardIO & ~Copyable>(_ members: [Member<IO>], _ ledger: TunnelLedger) {
        func total(_ counter: Counter) -> Int { members.reduce(0) { $0 + Int($1.counters[counter]) } }
        let opened = ledger.meetings.count { $0.isOpen }
        let granted = ledger.meetings.count { $0.server?.isSwitching ?? false }
        if total(.tunnelsOpened) != total(.tunnelsEnded) {
            ledger.fail("\(total(.tunnelsOpened)) tunnels were opened, and \(total(.tunnelsEnded)) ended")
        }
        if !(opened...max(opened, granted)).contains(total(.upgrades)) {
            ledger.fail("\(total(.upgrades)) upgrades are counted, and \(opened) tunnels were seen to open")
        }
        if let told = ledger.rebalancing?.toldCount, told > total(.tunnelsRebalanced) {
            ledger.fail("\(told) tunnels were moved, and \(total(.tunnelsRebalanced)) are counted")
        }
        for server in ledger.world!.scenario.servers.indices { check(server, members, ledger) }
    }

    private static func check<IO: ShardIO & ~Copyable>(_ server: Int, _ members: [Member<IO>], _ ledger: TunnelLedger) {
        func figure(_ figure: ServerFigure) -> Int { members.reduce(0) { $0 + Int($1.tally.value(figure, of: server)) } }
        func closes(_ code: UInt16, _ initiator: CloseInitiator) -> Int {
            members.reduce(0) { $0 + Int($1.tally.closes(CloseGroup(code), by: initiator, of: server)) }
        }
        // One that ended at once may not have been seen to open.
        let granted = ledger.meetings.filter {
            $0.server?.link.server == server && $0.server?.isSwitching == true && !$0.isOpaque
        }
        let meetings = granted.filter(\.isOpen)
        let read = figure(.tunnelsEnded) + figure(.messagesIn) + figure(.messagesOut)
        if granted.isEmpty, read > 0 { ledger.fail("somebody has read opaque tunnels") }
        if figure(.tunnelsEnded) < meetings.count {
            ledger.fail("server \(server) had \(meetings.count) tunnels, and \(figure(.tunnelsEnded)) are counted")
        }
        for (name, counted, passages) in [
            ("in", figure(.messagesIn), granted.map(\.up)), ("out", figure(.messagesOut), granted.map(\.down)),
        ] {
            let least = passages.reduce(0) { $0 + $1.messagesTold }
            let most = passages.reduce(0) { $0 + $1.messagesRead }
            if !(least...max(least, most)).contains(counted) {
                ledger.fail("server \(server): \(counted) messages \(name) are counted, and it was \(least) to \(most)")
            }
        }
        checkCloses(server, granted, closes, ledger)
    }

    /// Each tunnel's first close, as far as it can be known from outside which it was.
    private static func checkCloses(
        _ server: Int, _ meetings: [Meeting], _ closes: (UInt16, CloseInitiator) -> Int, _ ledger: TunnelLedger
    ) {
        var (most, least): ([TunnelClose: Int], [TunnelClose: Int]) = ([:], [:])
        for meeting in meetings {
            let possible = meeting.possibleCloses
            for close in possible { most[close, default: 0] += 1 }
            if meeting.isOpen, possible.count == 1, let close = possible.first { least[close, default: 0] += 1 }
        }
        for initiator in CloseInitiator.allCases {
            for code in [UInt16](1_000...1_015) + [3_000, 4_000] {
                let close = TunnelClose(code, initiator)
                let counted = closes(code, initiator)
                let range = (least[close] ?? 0)...max(least[close] ?? 0, most[close] ?? 0)
                guard !range.contains(counted) else { continue }
                // One that ended before a byte of it went is not seen from outside.
                if initiator == .nobody, counted > most[close] ?? 0 { continue }
                ledger.fail(
                    "server \(server): \(counted) closes \(code) by \(initiator) are counted, and it was \(range)")
            }
        }
    }
}

/// A code and who spoke first; of codes that are counted together, the first.
struct TunnelClose: Hashable {
    let code: UInt16
    let initiator: CloseInitiator

    init(_ code: UInt16, _ initiator: CloseInitiator) {
        self.code = code >= 4_000 ? 4_000 : code >= 3_000 ? 3_000 : code
        self.initiator = initiator
    }
}

extension Meeting {
    /// What may be counted of it: a close that went on was seen; one that the shard has read may have been, unless the
    /// other side had left before.
    var possibleCloses: Set<TunnelClose> {
        var closes: Set<TunnelClose> = []
        var isSeen = false
        for (passage, initiator) in [(up, CloseInitiator.client), (down, .server)] {
            let leftAt = leftPlace(initiator == .client ? server : client) ?? .max
            for frame in passage.said where frame.opcode == SaidFrame.close && frame.flaw == nil && frame.readPlace > 0 {
                if frame.readPlace < leftAt { closes.insert(TunnelClose(frame.closeCode, initiator)) }
            }
            if let code = passage.closeTold {
                isSeen = true
                if passage.isCloseOurs { closes.insert(TunnelClose(code, .balancer)) }
            }
        }
        // A close of ours may never have found the end of a frame.
        let isFlawed = client.flawReadAt != nil || server?.flawReadAt != nil
        let mayClose = isFlawed || isFoundIdle || ledger.isDraining || ledger.rebalancing != nil
        if mayClose || ledger.settings.pingInterval > 0 {
            for code in [1_001, 1_002, 1_009, 1_014, ledger.settings.drainCode] { closes.insert(TunnelClose(code, .balancer)) }
        }
        if mayHaveLeft(client, before: server, isSeen: isSeen) { closes.insert(TunnelClose(1_006, .client)) }
        if let server, mayHaveLeft(server, before: client, isSeen: isSeen) { closes.insert(TunnelClose(1_006, .server)) }
        // Whoever has left is known, unless the shard did not get to it.
        let isKnown = client.endPlace != nil || server?.endPlace != nil
        if !isSeen, !isKnown || isCutByUs { closes.insert(TunnelClose(1_006, .nobody)) }
        return closes
    }

    /// When it had left, where it can be known that the shard went by that: of two of whom none was reset.
    private func leftPlace(_ end: TunnelEnd?) -> Int? {
        client.wasReset || server?.wasReset ?? true ? nil : end?.endPlace
    }

    private func mayHaveLeft(_ end: TunnelEnd, before other: TunnelEnd?, isSeen: Bool) -> Bool {
        if end.wasReset, !isSeen { return true }
        guard let place = end.endPlace, !end.hadCloseAtEnd else { return false }
        return place < leftPlace(other) ?? .max
    }
}
