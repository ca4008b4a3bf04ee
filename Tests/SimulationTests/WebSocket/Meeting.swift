// A client and a server of a simulated world that meet in a tunnel, and why it may end: the judge of what the balancer
// says of its own, and of its closes.

@testable import Engine

final class Meeting {
    let id: Int
    let wish: TunnelWish
    /// Nobody reads its frames.
    let isOpaque: Bool
    let client: TunnelEnd
    private(set) var server: TunnelEnd?
    let up: Passage
    private(set) var down: Passage
    unowned(unsafe) let ledger: TunnelLedger
    /// What the client is to be answered, as its server or the rules have it; `nil`: not yet known.
    var expectedStatus: Int?
    /// Where the request ends in what the client says, and when the shard had read it.
    var requestEnd = Int.max
    private(set) var requestReadAt: UInt64?
    private(set) var refusedAt: UInt64?
    /// The client has been told another answer than 101.
    var isRefused = false { didSet { refusedAt = refusedAt ?? ledger.now } }
    /// The client has been told 101.
    private(set) var isOpen = false
    private(set) var openedAt: UInt64 = 0
    /// When its server had said so.
    var grantedAt: UInt64 = 0
    private(set) var isOver = false
    private(set) var wasAbrupt = false
    private(set) var endedAt: UInt64 = 0
    private var isEndExcused = false
    /// One of the two was found dead, or against the rules, and the other was told.
    private var isGivenUp = false
    /// Neither said anything for longer than may be, and both were told.
    private(set) var isFoundIdle = false
    private var idleSince: UInt64?
    private var progressSeen = 0

    init(id: Int, _ client: TunnelEnd, _ wish: TunnelWish) {
        self.id = id
        self.wish = wish
        self.client = client
        ledger = client.ledger
        isOpaque = ledger.settings.isOpaque || wish != .webSocket
        up = Passage(isUp: true, isOpaque: isOpaque)
        down = Passage(isUp: false, isOpaque: isOpaque)
    }

    /// The request is sent to a server, perhaps not the first.
    func ask(_ server: TunnelEnd) {
        self.server = server
        down = Passage(isUp: false, isOpaque: isOpaque)
        expectedStatus = nil
        server.meeting = self
        server.lastReadAt = ledger.now
    }

    /// The shard has read so much of the client.
    func noteRequest(readCount: Int) {
        if requestReadAt == nil, readCount >= requestEnd { requestReadAt = ledger.now }
    }

    /// Nothing keeps anything else alive.
    func tearDown() { server = nil }

    func open() {
        guard !isOpen else { return }
        guard let server else { return ledger.fail("tunnel \(id) opens without a server") }
        isOpen = true
        openedAt = ledger.now
        (client.link.pair, server.link.pair) = (server.link, client.link)
        // The shard has known since then, though a client that takes nothing has not been told.
        for end in [client, server] { end.lastReadAt = max(end.lastReadAt, grantedAt) }
        ledger.trace("tunnel \(id) stands between client \(client.link.number) and server \(server.link.number)")
    }

    func passage(to end: TunnelEnd) -> Passage { end === client ? down : up }
    func passage(from end: TunnelEnd) -> Passage {
        if end === client { return up }
        // A server that was asked before, and is no longer, speaks to nobody.
        return end === server ? down : Passage(isUp: false, isOpaque: true)
    }
    private func other(_ end: TunnelEnd) -> TunnelEnd { end === client ? server! : client }

    private var settings: WebSocketSettings { ledger.settings }
    private static let tick = 2 * Audit.tickNanoseconds

    // MARK: - The balancer's own frames

    /// The balancer asks `end` whether it lives.
    func judgePing(_ payload: [UInt8], to end: TunnelEnd) {
        ledger.trace("tunnel \(id): \(end.name) is pinged")
        let what = "\(end.name) of tunnel \(id) is pinged"
        guard settings.pingInterval > 0 else { return ledger.fail("\(what), which nobody has asked for") }
        if !end.isOwnPingAnswered { ledger.fail("\(what) again, before it has answered") }
        let other = other(end)
        if let ping = passage(to: end).lastPing, end.lastPongPlace < passage(to: end).said[ping].readPlace {
            ledger.fail("\(what) while a ping of \(other.name) awaits its pong")
        }
        let count = (ledger.now - grantedAt + Self.tick) / (settings.pingInterval * 1_000_000)
        if UInt64(end.ownPingCount) >= max(1, count) { ledger.fail("\(what) more often than it may be") }
        end.ownPing = payload
        end.ownPingAt = ledger.now
        end.isOwnPingAnswered = false
        end.ownPingCount += 1
    }

    /// The balancer closes towards `end`.
    func judgeClose(_ code: UInt16, to end: TunnelEnd) {
        ledger.trace("tunnel \(id): \(end.name) is told close \(code)")
        end.ownCloseAt = ledger.now
        let other = other(end)
        if let flaw = end.flaw, end.flawReadAt != nil, code == flaw.closeCode { return }
        if code == 1_001, isFoundIdle { return }
        if end === client {
            if code == settings.drainCode, ledger.isDraining { return }
            if code == settings.drainCode, let judge = ledger.rebalancing { return judge.told(self) }
            if code == 1_014, other.flawReadAt != nil || isSilent(other) { return isGivenUp = true }
        } else if code == 1_001 {
            if other.flawReadAt != nil || isSilent(other) || isUnanswered { return isGivenUp = true }
        }
        ledger.fail("\(end.name) of tunnel \(id) is told close \(code), and there is no reason for it")
    }

    /// It has not answered a ping, as far as can be told from here: one that waits for room may have been sent.
    private func isSilent(_ end: TunnelEnd) -> Bool {
        guard settings.pingInterval > 0, !isOpaque else { return false }
        // A ping of the other side that awaits its pong stands in for the balancer's own.
        let isAsked = !end.isOwnPingAnswered || passage(to: end).hasReadPing(behind: end.lastPongPlace)
        let patience = settings.pingTimeout + (isAsked ? 0 : settings.pingInterval)
        // To who still takes what was sent before it, the ping has not come yet.
        let hasCome = isAsked && (end.isOwnPingAnswered || end.link.outbound.arrived >= end.ownPingEnd)
        let isTaking = end.link.outbound.sent > end.link.outbound.arrived && !hasCome
        if isTaking, ledger.now + Self.tick < end.lastTakenAt + settings.pingTimeout * 1_000_000 { return false }
        return ledger.now - end.heardAt + Self.tick >= patience * 1_000_000
    }

    /// The client has had its time to answer a close of the balancer's, or to have a frame's end come before it.
    private var isUnanswered: Bool {
        if isOpaque { return false }
        let patience = Tunnel.closePatienceMilliseconds * 1_000_000
        if let time = client.ownCloseAt, ledger.now + Self.tick >= time + patience { return true }
        return ledger.drainingSince.map { ledger.now + Self.tick >= $0 + patience } ?? false
    }

    // MARK: - The end

    /// The shard tells `end` that no more comes.
    func shut(_ end: TunnelEnd) {
        guard isOpen, !isToldAll(end) else { return }
        ledger.fail("\(end.name) of tunnel \(id) is told the end, and has not been told all")
    }

    /// The target was told a close, or everything that its source has said.
    private func isToldAll(_ end: TunnelEnd) -> Bool {
        let (passage, source) = (passage(to: end), other(end))
        if passage.closeTold != nil, !isOpaque { return true }
        if end.link.isBroken { return true }
        if source.link.isEndRead, source.link.inbound.read == source.link.inbound.sent {
            return isOpaque
                ? passage.heldBytes(readCount: source.link.inbound.read) == 0
                : !passage.isOwed(readCount: source.link.inbound.read)
        }
        return false
    }

    func closed(_ end: TunnelEnd, abruptly: Bool) {
        guard isOpen else { return }
        if isOver {
            // The second of the two ends as the first.
            if abruptly, !wasAbrupt, !isEndExcused {
                ledger.fail("\(end.name) of tunnel \(id) is cut, and there is no reason for it")
            }
            return
        }
        isOver = true
        wasAbrupt = abruptly
        endedAt = ledger.now
        isEndExcused = isExcused
        if isEndExcused { return }
        if abruptly { return ledger.fail("tunnel \(id) is cut, and there is no reason for it") }
        for target in [client, server!] where !isToldAll(target) {
            return ledger.fail("tunnel \(id) ends cleanly, and \(target.name) has not been told all")
        }
    }

    /// A peer, a timeout or the operator has given a reason for a tunnel's end.
    private var isExcused: Bool {
        guard let server, let world = ledger.world else { return true }
        if isCutByUs || world.isOutOfTime || client.link.isBroken || server.link.isBroken { return true }
        if isGivenUp || (!isOpaque && (client.flawReadAt != nil || server.flawReadAt != nil)) { return true }
        return isFoundIdle || isSilent(client) || isSilent(server) || isUnanswered || isIdle
    }

    /// Without regard to what the two say: by a stop, or for want of memory.
    var isCutByUs: Bool {
        guard let server, let world = ledger.world else { return true }
        return world.isStopped || world.exhaustions > min(client.link.exhaustionsBefore, server.link.exhaustionsBefore)
    }

    /// The next bytes are about to go somewhere.
    func noteIdleness() {
        if server?.isSwitching ?? false, grantedAt > 0, isIdle { isFoundIdle = true }
    }

    /// Nothing has moved for as long as a timeout allows, or less than a tick below it.
    private var isIdle: Bool {
        guard let server, let world = ledger.world else { return false }
        let links = (client.link, server.link)
        let isDelivering = links.0.outbound.sent > links.0.outbound.arrived || links.1.outbound.sent > links.1.outbound.arrived
        let served = isDelivering ? max(links.0.movedAt, links.1.movedAt) : max(links.0.servedAt, links.1.servedAt)
        let moved = max(served, grantedAt)
        let isEnding = up.isCloseRead || down.isCloseRead
        let halfClosed = min(world.scenario.tunnelTimeout, world.scenario.halfCloseTimeout) * 1_000_000
        let isBroken = links.0.isBroken || links.1.isBroken
        let timeout = isBroken || (isEnding && !isOpaque) ? halfClosed : world.idleTimeout(links.0, links.1)
        return world.now - moved + Audit.tickNanoseconds >= timeout
    }

    // MARK: - Looks

    /// Ten times a virtual second.
    func look() {
        if !isOver { noteIdleness() }
        guard isOpen, !isOver, let server, let world = ledger.world else { return }
        lookAtEnd(server)
        let isClosing = client.ownCloseAt ?? server.ownCloseAt ?? client.flawReadAt ?? server.flawReadAt ?? ledger.drainingSince
        let idle = ledger.now - max(client.link.movedAt, server.link.movedAt)
        if isClosing == nil, idle > 2 * world.idleTimeout(client.link, server.link) + 2 * Audit.reliefNanoseconds {
            ledger.fail("tunnel \(id) has been idle for \(idle / 1_000_000) ms and goes on")
        }
        let seen = client.link.inbound.read + client.link.outbound.sent + server.link.inbound.read + server.link.outbound.sent
        guard let what = standing(server, world), seen == progressSeen else {
            progressSeen = seen
            idleSince = nil
            return
        }
        guard let since = idleSince else { return idleSince = ledger.now }
        if ledger.now - since > Audit.stallNanoseconds { ledger.fail("tunnel \(id) stands still: \(what)") }
    }

    /// What is to end has ended.
    private func lookAtEnd(_ server: TunnelEnd) {
        guard !isOpaque else { return }
        let patience = (Tunnel.closePatienceMilliseconds + 2_000) * 1_000_000
        // Who takes what was said before a close may take his time.
        let isTaking = [client, server].contains { end in
            end.link.outbound.sent > end.link.outbound.arrived || ledger.now < end.lastTakenAt + 3_000_000_000
        }
        if isTaking { return }
        for end in [client, server] {
            if let time = end.flawReadAt, ledger.now > time + patience {
                ledger.fail("tunnel \(id) goes on, though \(end.name) has broken the rules")
            }
            if let time = end.ownCloseAt, ledger.now > time + patience {
                ledger.fail("tunnel \(id) goes on, though it was closed")
            }
        }
        // The close that is due waits for the end of a frame, as long as that comes: at most three seconds after its last.
        guard let since = ledger.drainingSince, ledger.now > server.lastReadAt + 4_000_000_000 else { return }
        if ledger.now > max(since, openedAt) + patience + settings.drainSpread * 1_000_000 {
            ledger.fail("tunnel \(id) goes on after the drain")
        }
    }

    private func standing(_ server: TunnelEnd, _ world: World) -> String? {
        if world.engines.contains(where: { $0.isShortOfBuffers }) { return nil }
        for (source, target) in [(client, server), (server, client)] {
            guard source.link.isUsable, target.link.isUsable, world.engines[0].hasRoom(target.link) else { continue }
            let passage = passage(to: target)
            if !isOpaque, passage.closeTold != nil || source.flawReadAt != nil { continue }
            if source.link.inbound.readable > 0 {
                return "\(source.link.inbound.readable) bytes of \(source.name) are not read, and \(target.name) has room"
            }
            // A head that is not whole, a close's code and a pong's eight bytes are held back.
            let held = passage.heldBytes(readCount: source.link.inbound.read)
            guard held > (isOpaque ? 0 : 13) else { continue }
            return "\(held) bytes of \(source.name) are held, and \(target.name) has room"
        }
        return nil
    }
}
