// What the log says of a tunnel beside the exchange that opened it.

internal import Codecs

/// The end of a tunnel, for the line of its exchange.
struct TunnelLog: BitwiseCopyable {
    /// Who asked; `nil`: the exchange's client still has its connection.
    var clientAddress: PeerAddress?
    /// Bytes of the client and of the server after the heads.
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    /// The code that closed a WebSocket; `nil`: none came, or nobody looked.
    var closeCode: UInt16?
    /// Messages of the client and of the server; `nil`: nobody counted.
    var messagesIn: UInt64?
    var messagesOut: UInt64?
}

extension TunnelLog {
    init(_ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>) {
        clientAddress = relay.pointee.clientAddress
        bytesIn = relay.pointee.directions.0.deliveredBytes
        bytesOut = relay.pointee.directions.1.deliveredBytes
        guard relay.pointee.kind == .frames else { return }
        closeCode = tunnel.pointee.seenCode
        messagesIn = tunnel.pointee.readers.0.messages
        messagesOut = tunnel.pointee.readers.1.messages
    }
}
