// Pings of our own on WebSockets, and what stands in for them: a peer that gives no sign of life in time is taken for
// dead.

internal import Codecs

extension Shard where IO: ~Copyable {
    /// When the source of `side` is to be asked for a sign of life, or if it has been, when that is overdue.
    func pingDue(_ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side, _ webSocket: PlannedWebSocket) -> Tick {
        let heard = side == .up ? tunnel.pointee.clientHeard : tunnel.pointee.serverHeard
        guard tunnel.pointee.facts.contains(side.pingsSource) else {
            return heard.after(milliseconds: webSocket.pingIntervalMilliseconds)
        }
        let asked = side == .up ? tunnel.pointee.clientPingedAt : tunnel.pointee.serverPingedAt
        // Whoever sends something long before its pong lives.
        return (heard.since(asked) > 0 ? heard : asked).after(milliseconds: webSocket.pingTimeoutMilliseconds)
    }

    /// The source of `side` was silent for the interval: it is asked for a sign of life. Or it was asked, and has given
    /// none in time.
    mutating func askForLife(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side, at now: Tick
    ) {
        let before = side == .up ? tunnel.pointee.clientTaken : tunnel.pointee.serverTaken
        let (taken, isWaiting) = taken(relay, side)
        if side == .up { tunnel.pointee.clientTaken = taken } else { tunnel.pointee.serverTaken = taken }
        if tunnel.pointee.facts.contains(side.pingsSource) {
            let isBacklog = tunnel.pointee.facts.contains(side.sourceBacklog)
            // Behind megabytes in the socket our ping has not come yet: taking some of them is a sign of life. Its
            // kernel alone taking a ping is none.
            let hasTaken = taken > before && (isWaiting || isBacklog)
            guard hasTaken || (isBacklog && hasSpoken(tunnel, side)) else { return fellSilent(handle, relay, tunnel, side) }
            if isBacklog { tunnel.pointee.facts.subtract([side.sourceBacklog, side.pingsSource]) }
            return note(tunnel, side, isHeard: isBacklog, at: now)
        }
        let towards = side.opposite
        // Whoever has said its last answers nothing.
        if tunnel.pointee.facts.contains(side.sourceClosed) { return note(tunnel, side, isHeard: true, at: now) }
        if isWaiting {
            tunnel.pointee.facts.insert(side.sourceBacklog)
        } else if !tunnel.pointee.facts.contains(towards.sourcePings) {
            // Half a frame is on its way there, and its other half does not come: nothing can be put in.
            guard mayWrite(relay, tunnel, towards) else { return note(tunnel, side, isHeard: true, at: now) }
            let isWritten = withUnsafeBytes(of: tunnel.pointee.nonce.bigEndian) {
                writeControl(.ping, $0, handle, relay, towards)
            }
            guard isWritten else { return end(handle, relay, .resourcesShort, isAbrupt: true) }
        }
        // A ping of the other peer that awaits its pong is as good as ours: of two only the last has to be answered
        // (RFC 6455 section 5.5.3), and that answer would stay here.
        tunnel.pointee.facts.insert(side.pingsSource)
        note(tunnel, side, isHeard: false, at: now)
    }

    /// Whether the source of `side` has said anything since it was asked.
    private func hasSpoken(_ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side) -> Bool {
        let (heard, asked) =
            side == .up
            ? (tunnel.pointee.clientHeard, tunnel.pointee.clientPingedAt)
            : (tunnel.pointee.serverHeard, tunnel.pointee.serverPingedAt)
        return heard.since(asked) > 0
    }

    /// Notes that the source of `side` was heard now, or else that it was asked now.
    private func note(_ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side, isHeard: Bool, at now: Tick) {
        switch (side, isHeard) {
        case (.up, true): tunnel.pointee.clientHeard = now
        case (.down, true): tunnel.pointee.serverHeard = now
        case (.up, false): tunnel.pointee.clientPingedAt = now
        case (.down, false): tunnel.pointee.serverPingedAt = now
        }
    }

    /// Bytes that the source of `side` has acknowledged of what was for it, and whether more waits, here or in its
    /// socket.
    private mutating func taken(_ relay: UnsafeMutablePointer<Relay>, _ side: Side) -> (bytes: Int64, isWaiting: Bool) {
        let towards = relay.direction(side.opposite)
        let unsent = Int64(max(0, io.unsent(on: relay.pointee.source(of: side))))
        return (Int64(bitPattern: towards.pointee.deliveredBytes) &- unsent, unsent > 0 || !isFlushed(relay, side.opposite))
    }

    /// The source of `side` gave no sign of life: the other side is told, and this one reset at the end.
    private mutating func fellSilent(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side
    ) {
        counters.count(.pingTimeouts)
        tunnel.pointee.facts.insert(side.sourceDead)
        relay.pointee.ending = side == .up ? .clientSilent : .serverSilent
        if side == .up {
            close(handle, relay, tunnel, toClient: 0, toServer: CloseCode.goingAway)
        } else {
            close(handle, relay, tunnel, toClient: CloseCode.badGateway, toServer: 0)
        }
    }
}
