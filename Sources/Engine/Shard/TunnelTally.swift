// What a tunnel leaves behind: its line in the log, and of a WebSocket figures among those of its server.

internal import Codecs

extension ServerTally {
    /// A WebSocket of the server has ended.
    func note(_ tunnel: UnsafeMutablePointer<Tunnel>, of server: Int, at now: UInt64) {
        add(1, to: .tunnelsEnded, of: server)
        add((now &- tunnel.pointee.openedAt) / 1_000_000, to: .tunnelMilliseconds, of: server)
        add(tunnel.pointee.readers.0.messages, to: .messagesIn, of: server)
        add(tunnel.pointee.readers.1.messages, to: .messagesOut, of: server)
        // 1006: an end without a close (RFC 6455 section 7.4.1).
        let code = tunnel.pointee.initiator == .nobody ? 1_006 : tunnel.pointee.closeCode
        countClose(code, by: tunnel.pointee.initiator, of: server)
    }
}

extension Shard where IO: ~Copyable {
    /// What a tunnel leaves behind: figures by server, and its line in the log.
    mutating func noteTunnelEnd(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let tunnel = http.tunnels + Int(handle.slot)
        let server = globalServer(relay)
        counters.count(.tunnelsEnded)
        if relay.pointee.kind == .frames {
            // A close of ours that waited for the end of a frame in vain, or for which there was no time.
            let isCut = !tunnel.pointee.facts.isDisjoint(with: [.closesToClient, .closesToServer])
            if isCut || (relay.pointee.ending == .stopped && !tunnel.pointee.facts.contains(.closing)) {
                counters.count(.tunnelsCut)
            }
            tally.note(tunnel, of: server, at: io.now)
        }
        let name = tunnel.pointee.exchange
        guard let exchange = http.exchanges.find(name) else { return }
        exchange.pointee.ending = ExchangeEnding(relay.pointee.ending)
        writeLog(exchange, tunnel: TunnelLog(relay, tunnel))
        exchange.pointee.texts.discard(in: io.buffers)
        http.exchanges.remove(name)
    }
}
