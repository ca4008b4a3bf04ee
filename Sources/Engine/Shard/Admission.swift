// Who may come in: lists of networks, and what one address may take. Asked once a connection, of the
// client as it is known then: its peer's address, or the one that a PROXY header names.

internal import CLinux
internal import Codecs
internal import Config

/// The rules of one frontend, for all shards.
struct AdmissionRules: BitwiseCopyable {
    let allowed: NetworkList
    let denied: NetworkList
    let limits: AddressLimits?

    init(_ frontend: Frontend, seed: UInt64) {
        allowed = NetworkList(frontend.allowed)
        denied = NetworkList(frontend.denied)
        limits = AddressLimits(
            connectionsMax: frontend.connectionsPerAddressMax, rate: frontend.connectionRatePerAddress, seed: seed)
    }

    func destroy() {
        allowed.destroy()
        denied.destroy()
        limits?.destroy()
    }

    /// Whether nobody is judged.
    var isEmpty: Bool { allowed.isEmpty && denied.isEmpty && limits == nil }

    fileprivate func mayConnect(_ host: HostAddress) -> Bool {
        !denied.contains(host) && (allowed.isEmpty || allowed.contains(host))
    }
}

extension Shard where IO: ~Copyable {
    /// Asks for what is to be known of a client before anything else. Answers `false` where it has gone
    /// already: then the kernel does not know its address any more.
    mutating func noteClient(_ relay: inout Relay) -> Bool {
        let listener = plan.listeners[Int(relay.listener)]
        if plan.isLogging { relay.openedWallMilliseconds = swivel_wall_ms() }
        guard listener.needsClientAddress else { return true }
        var address = NativeAddress()
        guard io.peerAddress(of: relay.client, into: &address) else { return false }
        relay.clientAddress = PeerAddress(address)
        return true
    }

    /// Whether a fresh connection is worth a relay.
    mutating func mayBegin(_ relay: inout Relay) -> Bool {
        // Who the client is comes with the header, and is judged then.
        if let preface = plan.listeners[Int(relay.listener)].preface { return mayName(relay, preface) }
        return mayEnter(&relay)
    }

    /// Whether the client may come in; refusals are counted by reason. A client without an address, that of
    /// a Unix socket, is judged by the socket's file.
    mutating func mayEnter(_ relay: inout Relay) -> Bool {
        let rules = plan.admissions[plan.listeners[Int(relay.listener)].frontend]
        guard !rules.isEmpty, let host = relay.clientAddress.endpoint?.host else { return true }
        guard rules.mayConnect(host) else {
            counters.count(.deniedByList)
            return false
        }
        guard let limits = rules.limits else { return true }
        switch limits.admit(host, at: io.now) {
        case .admitted:
            relay.hasAddressPlace = limits.hasPlaces
            return true
        case .tooMany:
            counters.count(.deniedAddressConnections)
            return false
        case .tooOften:
            counters.count(.deniedAddressRate)
            return false
        }
    }

    /// Gives back the place of a client's address.
    func leaveAddress(_ relay: UnsafeMutablePointer<Relay>) {
        guard relay.pointee.hasAddressPlace, let host = relay.pointee.clientAddress.endpoint?.host else { return }
        relay.pointee.hasAddressPlace = false
        plan.admissions[plan.listeners[Int(relay.pointee.listener)].frontend].limits?.release(host)
    }
}
