// A client of a frontend in http mode: from its accepted connection, or from the PROXY header before it, to a
// connection that requests are read from. Also what a drain and a stop do to them.

internal import Codecs

extension Shard where IO: ~Copyable {
    /// Makes the connection of a client whose places are taken.
    ///
    /// - Parameters:
    ///   - relay: what is known of the client.
    ///   - input: what it has sent already.
    mutating func welcome(_ relay: Relay, input: BufferQueue, hasEnded: Bool) {
        var made = HTTPConnection(role: .client, phase: .idle, descriptor: relay.client, at: io.now)
        made.listener = relay.listener
        made.clientAddress = relay.clientAddress
        made.destination = relay.destination
        made.input = input
        if relay.hasAddressPlace { made.facts.insert(.hasAddressPlace) }
        if hasEnded { made.facts.insert(.ended) }
        guard let handle = http.connections.insert(made), let client = http.connections.find(handle) else {
            // There is a slot for every client, and pools leave room for them.
            discard(input)
            io.close(relay.client, abruptly: true)
            leaveAddress(of: &made)
            inboxes[index].addLoad(-1)
            return releaseLimits(of: Int(relay.listener))
        }
        http.clientCount += 1
        list(client, handle)
    }

    /// Gives back the place of a client's address.
    func leaveAddress(of client: UnsafeMutablePointer<HTTPConnection>) {
        guard client.pointee.facts.contains(.hasAddressPlace), let host = client.pointee.clientAddress.endpoint?.host else {
            return
        }
        plan.admissions[plan.listeners[Int(client.pointee.listener)].frontend].limits?.release(host)
    }

    /// A drain begins: idle connections to servers end, and clients that do not ask again soon; answers from now on
    /// are each the last of their connection.
    mutating func drainHTTP() {
        dropAllPooled()
        for slot in 0..<http.connections.walkEnd {
            guard let handle = http.connections.tenant(of: slot), let connection = http.connections.find(handle) else {
                continue
            }
            list(connection, handle)
            // Whoever waits for the turn of a new WebSocket would be closed as soon as it has it.
            let name = connection.pointee.exchange
            if connection.pointee.role == .client, let exchange = http.exchanges.find(name),
                exchange.pointee.facts.contains(.paced)
            {
                respond(name, exchange, .tunnelsPaced)
            }
        }
    }

    /// Every connection ends now.
    mutating func stopHTTP() {
        for slot in 0..<http.connections.walkEnd {
            guard let handle = http.connections.tenant(of: slot), let connection = http.connections.find(handle) else {
                continue
            }
            if connection.pointee.role == .client {
                // One that has had its last answer is only waited for, so that it gets all of it.
                if connection.pointee.phase != .closing, connection.pointee.phase != .lingering { counters.count(.stopped) }
                clientLost(handle, connection, .stopped)
            } else {
                close(handle, connection, abruptly: true)
            }
        }
        dropAllPooled()
    }
}
