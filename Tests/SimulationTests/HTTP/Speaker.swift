// Carries a conversation over a link: in pieces, with pauses, as the script says.

final class Speaker: Peer {
    let conversation: Conversation
    private var saidCount = 0

    init(_ world: World, _ link: Link, _ script: PeerScript, _ conversation: Conversation) {
        self.conversation = conversation
        super.init(world, link, script)
    }

    override var wantedBytes: Int { saidCount }
    override var isWritten: Bool { conversation.gesture != nil && link.inbound.sent >= saidCount }

    override func begin() {
        if let time = script.resetsAfter { world.schedule(.peerResets(self), after: time) }
        tell { $0.begin() }
    }

    /// Lets the conversation act, and carries out what follows.
    private func tell(_ body: (Conversation) -> Void) {
        guard !isGone else { return }
        conversation.now = world.now
        let wakesBefore = conversation.wakesAt
        body(conversation)
        if !conversation.output.isEmpty {
            link.inboundBytes!.append(conversation.output)
            conversation.output = []
            saidCount = conversation.saidCount
            scheduleWrite(after: link.inbound.sent == 0 ? script.delay : world.chance.within(script.pause))
        }
        if let time = conversation.wakesAt, time != wakesBefore { world.schedule(.peerActs(self), after: time - world.now) }
        if conversation.isResetting { return resets() }
        if conversation.isLeaving { return close() }
        if isWritten { finishWriting() }
    }

    override func acts() {
        guard let time = conversation.wakesAt, time <= world.now else { return }
        conversation.wakesAt = nil
        tell { $0.woke() }
    }

    override func took(_ count: Int) {
        tell { conversation in
            link.outboundBytes!.lend(from: link.outbound.read - count, count: count) { conversation.received($0) }
        }
        link.outboundBytes!.forget(before: link.outbound.read)
    }

    override func tookEnd() { tell { $0.ended() } }

    override func finishWriting() {
        switch conversation.gesture {
        case .end: end()
        case .close: close()
        case .reset: resets()
        case nil: break
        }
    }

    /// Reads no more. What has come and was not read turns the close into a reset, as it does in a kernel.
    private func close() {
        guard !isGone else { return }
        if link.outbound.readable > 0 || link.inbound.sent < saidCount { return resets() }
        end()
        world.trace("\(name) closes")
        leave()
    }

    override func resets() {
        if let client = conversation as? HTTPClient { client.losePatience() }
        link.line?.hasFailed = true
        super.resets()
    }

    override func leave() {
        guard !isGone else { return }
        super.leave()
        conversation.left()
    }

    /// What had arrived before the reset can still be read.
    override func cutOff() {
        guard !isGone else { return }
        let rest = link.outbound.readable
        if rest > 0, script.readsAfter != .max {
            link.outbound.read += rest
            took(rest)
        }
        guard !isGone else { return }
        conversation.now = world.now
        conversation.cutOff()
        super.cutOff()
    }
}
