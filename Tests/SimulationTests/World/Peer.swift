// Somebody outside, at the far end of a link, who follows a script.

class Peer {
    unowned(unsafe) let world: World
    unowned(unsafe) let link: Link
    let script: PeerScript
    private var isWriteScheduled = false
    private var isReadScheduled = false
    /// Has told the shard that no more comes.
    private(set) var hasEnded = false
    /// Knows that no more comes.
    private(set) var sawEnd = false
    /// Was cut off by a reset.
    private(set) var wasReset = false
    /// Nothing is to be expected from it any more.
    private(set) var isGone = false
    private(set) var goneAt: UInt64 = 0
    private(set) var firstByteAt: UInt64?

    /// Will read on to the end.
    var isReading: Bool { !isGone && !sawEnd && script.readsAfter != .max }

    init(_ world: World, _ link: Link, _ script: PeerScript) {
        self.world = world
        self.link = link
        self.script = script
    }

    var name: String { "\(link.role) \(link.number)" }
    var readBytes: Int { link.outbound.read }
    /// Everything came that could, both ways.
    var isSatisfied: Bool { hasEnded && sawEnd && !wasReset }

    func begin() {
        scheduleWrite(after: script.delay)
        if let time = script.resetsAfter { world.schedule(.peerResets(self), after: time) }
    }

    // MARK: - Writing

    /// All that is to be written, as far as that is known.
    var wantedBytes: Int { link.preface.bytes.count + script.bytes + (script.isEcho ? readBytes : 0) }
    var isWritten: Bool {
        (!script.isEcho || sawEnd) && link.inbound.sent >= wantedBytes
    }

    func scheduleWrite(after delay: UInt64) {
        guard !isWriteScheduled, !isGone, !hasEnded else { return }
        isWriteScheduled = true
        world.schedule(.peerWrites(self), after: delay)
    }

    /// The shard's side has taken bytes, or there is more to echo.
    func roomOpened() {
        if !isWritten || script.isEcho { scheduleWrite(after: world.chance.within(script.pause)) }
    }

    func writes() {
        isWriteScheduled = false
        guard !isGone, !hasEnded else { return }
        let wanted = wantedBytes - link.inbound.sent
        let count = min(wanted, link.inbound.room, world.chance.within(script.chunk))
        if count > 0 {
            world.progress += 1
            link.inbound.sent += count
            world.flow(link, .toShard)
        }
        if isWritten { return finishWriting() }
        if count > 0, link.inbound.room > 0, !script.isEcho || wanted > count { scheduleWrite(after: world.chance.within(script.pause)) }
    }

    func finishWriting() {
        switch script.ending {
        case .shutdown: end()
        case .afterPeer: if sawEnd { end() }
        case .close:
            end()
            world.trace("\(name) closes")
            leave()
        case .never: break
        case .reset: resets()
        }
    }

    func end() {
        guard !hasEnded else { return }
        world.trace("\(name) ends after \(link.inbound.sent) bytes")
        world.progress += 1
        hasEnded = true
        link.inbound.isEnded = true
        world.flow(link, .toShard)
        if sawEnd { leave() }
    }

    func resets() {
        guard !isGone else { return }
        world.trace("\(name) resets")
        wasReset = true
        world.reset(link)
        leave()
    }

    func leave() {
        isGone = true
        goneAt = world.now
        world.peerLeft(self)
    }

    // MARK: - Reading

    /// Bytes, or the end, have arrived.
    func hasNews() {
        guard !isReadScheduled, !isGone, script.readsAfter != .max else { return }
        isReadScheduled = true
        let waited = world.now - link.openedAt
        let stall = waited < script.readsAfter ? script.readsAfter - waited : 0
        world.schedule(.peerReads(self), after: stall + world.chance.within(script.readPause))
    }

    func reads() {
        isReadScheduled = false
        guard !isGone else { return }
        let count = min(link.outbound.readable, world.chance.within(script.readChunk))
        if count > 0 {
            if firstByteAt == nil { firstByteAt = world.now }
            world.progress += 1
            link.outbound.read += count
            world.flow(link, .toPeer)
            took(count)
            guard !isGone else { return }
        }
        if link.outbound.readable > 0 { return hasNews() }
        guard link.outbound.hasEndArrived, !sawEnd else { return }
        sawEnd = true
        world.trace("\(name) has read the end after \(readBytes) bytes")
        world.progress += 1
        tookEnd()
        if isWritten, !isGone { finishWriting() }
        if hasEnded, !isGone { leave() }
    }

    /// Has read so many bytes, or the end.
    func took(_ count: Int) {
        if script.isEcho { scheduleWrite(after: world.chance.within(script.pause)) }
    }

    func tookEnd() {}

    /// A time has come at which it wanted to do something.
    func acts() {}

    /// The shard has closed cleanly: who never reads will not notice.
    func closedOn() {
        if script.readsAfter == .max, !isGone { leave() }
    }

    /// The shard has closed with a reset, or does not know the connection any more.
    func cutOff() {
        guard !isGone else { return }
        world.trace("\(name) is cut off after \(readBytes) bytes")
        wasReset = true
        leave()
    }
}
