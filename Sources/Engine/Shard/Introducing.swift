// Telling a server whose connection it gets: a PROXY header before the client's first byte.

internal import Codecs
internal import Config
internal import Glibc

/// The header that a server is sent first.
enum PlannedIntroduction: UInt8, BitwiseCopyable {
    case none, v1, v2

    init(_ server: Server) {
        switch server.proxyProtocol {
        case nil: self = .none
        case .v1: self = .v1
        case .v2: self = .v2
        }
    }

    fileprivate var version: ProxyHeader.Version? {
        switch self {
        case .none: nil
        case .v1: .v1
        case .v2: .v2
        }
    }
}

extension Shard where IO: ~Copyable {
    /// Introduces the client to the server that was just connected, where that wants it: 0, or -errno. The
    /// header goes at once and whole, as a fresh socket has room for it.
    mutating func introduce(_ relay: UnsafeMutablePointer<Relay>) -> Int32 {
        let backend = plan.backends[Int(relay.pointee.backend)]
        guard let version = backend.introductions[Int(relay.pointee.server)].version else { return 0 }
        return introduce(
            version, relay.pointee.clientAddress, relay.pointee.destination, client: relay.pointee.client,
            to: relay.pointee.serverDescriptor)
    }

    /// The same for a connection in http mode, which then serves this client alone.
    mutating func introduce(_ exchange: UnsafeMutablePointer<Exchange>, _ server: UnsafeMutablePointer<HTTPConnection>) -> Int32 {
        let backend = plan.backends[Int(exchange.pointee.backend)]
        guard let version = backend.introductions[Int(exchange.pointee.server)].version,
            let client = http.connections.find(exchange.pointee.client)
        else { return 0 }
        return introduce(
            version, client.pointee.clientAddress, client.pointee.destination, client: client.pointee.descriptor,
            to: server.pointee.descriptor)
    }

    private mutating func introduce(
        _ version: ProxyHeader.Version, _ source: PeerAddress, _ destination: PeerAddress, client: Int32, to server: Int32
    ) -> Int32 {
        let header = ProxyHeader(version: version, ends: ends(source, destination, client: client))
        var memory = InlineArray<128, UInt8>(repeating: 0)
        return withUnsafeMutableBytes(of: &memory) { memory in
            let bytes = UnsafeRawBufferPointer(rebasing: memory[..<header.write(into: memory)])
            return sendWhole(bytes, to: server)
        }
    }

    private mutating func sendWhole(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var sent = -EINTR
        while sent == -EINTR { sent = io.sendNow(bytes, to: descriptor) }
        if sent < 0 { return sent }
        return Int(sent) == bytes.count ? 0 : -ENOBUFS
    }

    /// Whose connection it is and whom it was for: as a header has named them, else as the kernel knows them.
    private mutating func ends(_ source: PeerAddress, _ destination: PeerAddress, client: Int32) -> ProxyHeader.Ends {
        guard let source = source.endpoint else { return .unknown }
        if let destination = destination.endpoint { return .internet(source: source, destination: destination) }
        var address = NativeAddress()
        guard io.localAddress(of: client, into: &address), let own = PeerAddress(address).endpoint
        else { return .unknown }
        return .internet(source: source, destination: own)
    }
}
