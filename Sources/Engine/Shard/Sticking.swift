// Clients that keep their server: by a cookie that names it, or by their address.

internal import Balancing
internal import Codecs

extension Shard where IO: ~Copyable {
    /// Whether the client has a server already, found as its request comes.
    mutating func notePreference(
        _ exchange: UnsafeMutablePointer<Exchange>, _ client: UnsafeMutablePointer<HTTPConnection>,
        _ bytes: UnsafeRawBufferPointer, _ rules: UnsafePointer<HTTPRules>, _ sticky: PlannedSticky
    ) {
        switch sticky.kind {
        case .off: return
        case .source: exchange.pointee.preferred = known(client.pointee.clientAddress, sticky)
        case .cookie:
            if isSecure(client, bytes, rules) { exchange.pointee.facts.insert(.secureClient) }
            guard let value = cookie(sticky.cookieName, bytes) else { return }
            if let server = sticky.server(named: value) {
                exchange.pointee.preferred = Int32(truncatingIfNeeded: server)
            } else {
                counters.count(.stickyForged)
            }
        }
    }

    /// The server that the address is known to have, or -1.
    private func known(_ address: PeerAddress, _ sticky: PlannedSticky) -> Int32 {
        if case .unnamed = address { return -1 }
        guard let table = sticky.table, let server = table.server(of: addressKey(address), at: io.now) else { return -1 }
        return Int32(truncatingIfNeeded: server)
    }

    /// Takes a place on the client's server, where it has one that can be had and has room.
    @inline(__always)
    func preferredServer(_ exchange: UnsafeMutablePointer<Exchange>, _ table: ServerTable) -> Int? {
        guard exchange.pointee.preferred >= 0 else { return nil }
        let tried = TriedServers(bits: exchange.pointee.triedServers)
        let server = Int(exchange.pointee.preferred)
        return table.reservePreferred(server, tried: tried) == .taken ? server : nil
    }

    /// A server was chosen: whether the client is to keep it from now on. Where its own is merely full, it keeps that.
    mutating func noteChoice(_ server: Int, _ exchange: UnsafeMutablePointer<Exchange>) {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        guard backend.sticky.kind != .off else { return }
        let preferred = Int(exchange.pointee.preferred)
        let isKept = preferred != server && mayKeep(preferred, backend.table, exchange.pointee.triedServers)
        // Its address has it in the table still, unless another was tried and noted meanwhile.
        let isNoted = preferred == server && (backend.sticky.kind == .cookie || exchange.pointee.triedServers == 0)
        guard !isKept, !isNoted else { return exchange.pointee.facts.subtract(.setsCookie) }
        if preferred >= 0, preferred != server, !exchange.pointee.facts.contains(.setsCookie) {
            counters.count(.stickyReassigned)
        }
        if backend.sticky.kind == .cookie {
            exchange.pointee.facts.insert(.setsCookie)
        } else if let client = http.connections.find(exchange.pointee.client) {
            remember(client.pointee.clientAddress, server, backend.sticky)
        }
    }

    private func mayKeep(_ server: Int, _ table: ServerTable, _ tried: UInt64) -> Bool {
        0..<table.count ~= server && table.weight(server) > 0 && !TriedServers(bits: tried).contains(server)
    }

    private func remember(_ address: PeerAddress, _ server: Int, _ sticky: PlannedSticky) {
        if case .unnamed = address { return }
        sticky.table?.store(server, for: addressKey(address), at: io.now)
    }

    // MARK: - In tcp mode

    /// As `preferredServer`, for a connection.
    func preferredServer(_ relay: UnsafeMutablePointer<Relay>, _ backend: PlannedBackend) -> Int? {
        guard backend.sticky.kind == .source else { return nil }
        let server = Int(known(relay.pointee.clientAddress, backend.sticky))
        guard server >= 0 else { return nil }
        let tried = TriedServers(bits: relay.pointee.triedServers)
        return backend.table.reservePreferred(server, tried: tried) == .taken ? server : nil
    }

    /// As `noteChoice`, for a connection.
    mutating func noteChoice(_ server: Int, _ relay: UnsafeMutablePointer<Relay>, _ backend: PlannedBackend) {
        guard backend.sticky.kind == .source else { return }
        let preferred = Int(known(relay.pointee.clientAddress, backend.sticky))
        if preferred == server || mayKeep(preferred, backend.table, relay.pointee.triedServers) { return }
        if preferred >= 0 { counters.count(.stickyReassigned) }
        remember(relay.pointee.clientAddress, server, backend.sticky)
    }

    // MARK: - The cookie

    /// The line by which the client keeps the server that answers it.
    func writeCookie(_ exchange: UnsafeMutablePointer<Exchange>, into writer: inout HeadWriter) {
        let sticky = plan.backends[Int(exchange.pointee.backend)].sticky
        let value = sticky.cookieValue(of: Int(exchange.pointee.server))
        guard !value.isEmpty else { return }
        writer.append("Set-Cookie: ")
        writer.append(sticky.cookieName.bytes)
        writer.append("=")
        writer.append(value)
        writer.append("; Path=/; HttpOnly; SameSite=Lax")
        if exchange.pointee.facts.contains(.secureClient) { writer.append("; Secure") }
        if let seconds = sticky.maxAgeSeconds {
            writer.append("; Max-Age=")
            writer.append(decimal: seconds)
        }
        writer.append("\r\n")
    }
}
