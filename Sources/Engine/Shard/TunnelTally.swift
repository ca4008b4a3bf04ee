// What a tunnel leaves behind: its line in the log, and of a WebSocket figures among those of its server.

internal import Codecs

extension ServerTally {
    /// A WebSocket of the server has ended.
    func note(_ tunnel: UnsafeMutablePointer<Tunnel>, of server: Int, at now: UInt64) {
        add((now &- tunnel.pointee.openedAt) / 1_000_000, to: .tunnelMilliseconds, of: server)
        add(tunnel.pointee.readers.0.messages, to: .messagesIn, of: server)
        add(tunnel.pointee.readers.1.messages, to: .messagesOut, of: server)
        // 1006: an end without a close (RFC 6455 section 7.4.1).
        countClose(tunnel.pointee.seenCode ?? 1_006, by: tunnel.pointee.initiator, of: server)
        // Last: whoever sees the end sees all of it.
        countLast(.tunnelsEnded, of: server)
    }
}

extension Shard where IO: ~Copyable {
    /// The source of `side` has ended, and everything that it said has been read: if it is a WebSocket's, it may be the
    /// first to leave.
    func noteLeft(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ side: Side) {
        guard relay.pointee.kind == .frames else { return }
        // The other was reset before; a close of its own may be what is still unread.
        if relay.pointee.isBroken, relay.pointee.ending == (side == .up ? .serverReset : .clientReset) { return }
        http.tunnels[Int(handle.slot)].noteLeft(by: side == .up ? .client : .server)
    }

    /// What a tunnel leaves behind: figures by server, and its line in the log.
    mutating func noteTunnelEnd(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let tunnel = http.tunnels + Int(handle.slot)
        let server = globalServer(relay)
        if relay.pointee.kind == .frames {
            // A reset that sending has met, where nothing was read after it.
            if relay.pointee.ending == .clientReset { tunnel.pointee.noteLeft(by: .client) }
            if relay.pointee.ending == .serverReset { tunnel.pointee.noteLeft(by: .server) }
            // A close of ours that waited for the end of a frame in vain, or for which there was no time.
            let isCut = !tunnel.pointee.facts.isDisjoint(with: [.closesToClient, .closesToServer])
            if isCut || (relay.pointee.ending == .stopped && !tunnel.pointee.facts.contains(.closing)) {
                counters.count(.tunnelsCut)
            }
            tally.note(tunnel, of: server, at: io.now)
        }
        counters.countLast(.tunnelsEnded)
        let name = tunnel.pointee.exchange
        guard let exchange = http.exchanges.find(name) else { return }
        exchange.pointee.ending = ExchangeEnding(relay.pointee.ending, tunnel.pointee)
        writeLog(exchange, tunnel: TunnelLog(relay, tunnel))
        exchange.pointee.texts.discard(in: io.buffers)
        http.exchanges.remove(name)
    }
}
