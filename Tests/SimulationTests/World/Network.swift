// Bytes, ends and resets on their way between the shards' sockets and the peers.

@testable import Engine

extension World {
    /// Bytes moved, or an end was passed on: a connection is not idle.
    func moved(_ link: Link) {
        progress += 1
        link.movedAt = now
        link.pair?.movedAt = now
    }

    /// The shard moved bytes, or passed on an end.
    func served(_ link: Link) {
        moved(link)
        link.servedAt = now
        link.pair?.servedAt = now
    }

    /// Something was written or read: the network moves what it can, now or a little later.
    func flow(_ link: Link, _ heading: Heading) {
        let channel = link[heading]
        guard !channel.isTransferScheduled, channel.movable > 0 || channel.canEndArrive else { return }
        link[heading].isTransferScheduled = true
        schedule(.transfer(link, heading), after: chance.within(scenario.network.latency))
    }

    func transfer(_ link: Link, _ heading: Heading) {
        guard !link.isBroken else { return }
        switch heading {
        case .toShard:
            guard !link.isClosing else { return refuseLateBytes(link) }
            if move(link, .toShard) {
                for operation in link.operations { operation.engine.kick(operation) }
            }
            if link.inbound.room > 0 { link.peer?.roomOpened() }
        case .toPeer:
            let hasArrived = move(link, .toPeer)
            if hasArrived, let peer = link.peer {
                // A peer that has closed answers bytes with a reset; the end alone it takes silently.
                if peer.isGone {
                    if link.outbound.readable > 0 { reset(link) }
                } else {
                    peer.hasNews()
                }
            }
            for operation in link.operations { operation.engine.kick(operation) }
        }
    }

    /// Moves bytes, and the end after the last of them. Answers whether anything arrived.
    private func move(_ link: Link, _ heading: Heading) -> Bool {
        var channel = link[heading]
        channel.isTransferScheduled = false
        var count = max(0, channel.movable)
        if count > 1, chance.happens(scenario.faults.partialTransfer) { count = chance.part(of: count) }
        channel.arrived += count
        let isEnd = channel.canEndArrive
        if isEnd { channel.hasEndArrived = true }
        link[heading] = channel
        if count > 0 || isEnd {
            progress += 1
            // What arrives for the shard counts once it is read: where its target stalls, nobody knows of it.
            if heading == .toPeer {
                link.tunnelEnd?.taken()
                moved(link)
            }
        }
        if channel.movable > 0 { flow(link, heading) }
        return count > 0 || isEnd
    }

    /// Bytes for a socket that the shard has closed.
    private func refuseLateBytes(_ link: Link) {
        link.inbound.isTransferScheduled = false
        if link.inbound.movable > 0 { cutOff(link) }
    }

    /// The peer, or a kernel on its behalf, resets the connection.
    func reset(_ link: Link) {
        guard !link.isBroken else { return }
        schedule(.resetArrives(link), after: chance.within(scenario.network.latency))
    }

    func resetArrived(_ link: Link) {
        guard !link.isBroken, !link.isClosing else { return }
        trace("reset of \(link.role) \(link.number) arrives")
        progress += 1
        link.breakOff()
        for operation in link.operations { operation.engine.kick(operation) }
    }

    /// A client whom nobody will accept any more.
    func abandon(_ link: Link) {
        link.isClosing = true
        cutOff(link)
    }

    /// The shard's side is gone, and the peer learns it the hard way.
    private func cutOff(_ link: Link) {
        link.breakOff()
        link.peer?.cutOff()
    }

    // MARK: - What the shard's orders do to a link

    /// The shard has told the kernel that no more bytes come; the rule is that none are missing.
    func shutByShard(_ link: Link) {
        trace("\(link.role) \(link.number) is told the end after \(link.outbound.sent) bytes")
        if let ledger {
            // What an end means follows from what was said before it: the peers judge.
            ledger.tunnels?.shut(link)
        } else if link.pair == nil {
            link.isEndUnjudged = true
        } else { judgeEnd(link, "shut down") }
        judgeIntroduction(link)
        link.isShut = true
        link.outbound.isEnded = true
        served(link)
        flow(link, .toPeer)
    }

    func closedByShard(_ link: Link, abruptly: Bool) {
        trace("\(link.role) \(link.number) is closed\(abruptly ? " abruptly" : "")")
        progress += 1
        ledger?.tunnels?.closed(link, abruptly: abruptly)
        link.isClosing = true
        link.closedAt = now
        guard link.isConnected, !link.isBroken else { return }
        let hasUnread = link.inbound.arrived > link.inbound.read
        if ledger != nil {
            if abruptly || hasUnread { return cutOff(link) }
            link.outbound.isEnded = true
            flow(link, .toPeer)
            link.peer?.closedOn()
            return
        }
        if abruptly || hasUnread {
            if abruptly { judgeCut(link) } else { fail("\(link.role) \(link.number) is closed with bytes unread") }
            return cutOff(link)
        }
        judgeEnd(link, "closed")
        link.outbound.isEnded = true
        flow(link, .toPeer)
        link.peer?.closedOn()
    }

    /// The peer of `link` is about to see a clean end: all that its counterpart sent must stand before it.
    private func judgeEnd(_ link: Link, _ what: String) {
        guard let source = link.pair else {
            // Joined and ended within one turn: only a relay without a byte does that.
            if link.outbound.sent > 0 || !link.isEndRead {
                fail("\(link.role) \(link.number) was \(what) cleanly, though nobody stands behind it")
            }
            return
        }
        guard source.isPassedOn else {
            return fail(
                "\(link.role) \(link.number) was \(what) after \(link.outbound.sent) bytes; \(source.role) \(source.number) sent \(source.inbound.sent), "
                    + "\(source.inbound.read) were read, \(source.isEndRead ? "and its end" : "its end was not")")
        }
        if what == "closed", !link.isPassedOn { fail("\(link.role) \(link.number) is closed cleanly before its own bytes were passed on") }
    }

    /// The peer of `link` is about to be cut off: there must be a reason.
    private func judgeCut(_ link: Link) {
        guard !isStopped else { return }
        guard let pair = link.pair else {
            // Joined and cut off within one turn: the client's fate is judged.
            if link.role == .server, link.outbound.sent == 0, link.inbound.read == 0 { return }
            let isServerFull = scenario.servers.contains { $0.connectionsMax > 0 }
            if link.role == .client, mayBeRefused(link) || exhaustions > link.exhaustionsBefore { return }
            if troubles == link.troublesBefore, !isServerFull { fail("\(link.role) \(link.number) was cut off though nothing had failed") }
            return
        }
        if link.isBroken || pair.isBroken || memoryShortages > link.shortagesBefore { return }
        // What a kernel delivers shows as long as there is more to deliver.
        let isDelivering = link.outbound.sent > link.outbound.arrived || pair.outbound.sent > pair.outbound.arrived
        let idle = now - (isDelivering ? max(link.movedAt, pair.movedAt) : max(link.servedAt, pair.servedAt))
        let timeout = idleTimeout(link, pair)
        if idle + Audit.tickNanoseconds < timeout {
            fail("\(link.role) \(link.number) was cut off, though its relay had moved \(idle / 1_000_000) ms before, and has \(timeout / 1_000_000)")
        }
    }

    /// How often a shard that cannot keep received bytes had no memory left to copy them to.
    var memoryShortages: UInt64 {
        scenario.habits.keepsReceivedBytes ? 0 : engines.reduce(0) { $0 + $1.counters[.spillExhausted] }
    }

    /// How often a shard had no memory left to copy bytes to.
    var exhaustions: UInt64 { engines.reduce(0) { $0 + $1.counters[.spillExhausted] } }

    func idleTimeout(_ link: Link, _ pair: Link) -> UInt64 {
        let isHalfClosed = link.isShut != pair.isShut
        let milliseconds = isHalfClosed ? min(scenario.tunnelTimeout, scenario.halfCloseTimeout) : scenario.tunnelTimeout
        return milliseconds * 1_000_000
    }

    /// Both ends of a relay, as soon as it is known who they are.
    func join(client: Link, server: Link) {
        if client.pair == nil, server.pair == nil {
            judgeAdmission(client)
            trace("client \(client.number) is joined with server \(server.number)")
            client.pair = server
            server.pair = client
            client.idleSince = nil  // It no longer waits to be joined.
            server.idleSince = nil
            served(client)
            for link in [client, server] where link.isEndUnjudged {
                link.isEndUnjudged = false
                judgeEnd(link, "shut down")
            }
        } else if client.pair !== server {
            fail("client \(client.number) and server \(server.number) meet, though each has another counterpart")
        }
    }
}
