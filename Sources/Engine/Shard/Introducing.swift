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
        let header = ProxyHeader(version: version, ends: ends(of: relay))
        var memory = InlineArray<128, UInt8>(repeating: 0)
        return withUnsafeMutableBytes(of: &memory) { memory in
            let bytes = UnsafeRawBufferPointer(rebasing: memory[..<header.write(into: memory)])
            return sendWhole(bytes, to: relay.pointee.serverDescriptor)
        }
    }

    private mutating func sendWhole(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var sent = -EINTR
        while sent == -EINTR { sent = io.sendNow(bytes, to: descriptor) }
        if sent < 0 { return sent }
        return Int(sent) == bytes.count ? 0 : -ENOBUFS
    }

    /// Whose connection it is and whom it was for: as a header has named them, else as the kernel knows them.
    private mutating func ends(of relay: UnsafeMutablePointer<Relay>) -> ProxyHeader.Ends {
        guard let source = relay.pointee.clientAddress.endpoint else { return .unknown }
        if let destination = relay.pointee.destination.endpoint { return .internet(source: source, destination: destination) }
        var address = NativeAddress()
        guard io.localAddress(of: relay.pointee.client, into: &address), let own = PeerAddress(address).endpoint
        else { return .unknown }
        return .internet(source: source, destination: own)
    }
}
