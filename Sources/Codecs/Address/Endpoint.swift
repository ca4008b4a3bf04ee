// One end of a TCP connection as a plain value: a host and its port.

/// A host and a port.
public struct Endpoint: Hashable, BitwiseCopyable, Sendable {
    public var host: HostAddress
    public var port: UInt16

    public init(host: HostAddress, port: UInt16) {
        self.host = host
        self.port = port
    }
}
