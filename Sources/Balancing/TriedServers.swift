// The servers that a connection has tried in vain.

/// One bit a server, by index modulo 64. In a backend of more than 64 servers a few untried ones are
/// passed over as well, which costs nothing but a different choice.
public struct TriedServers: BitwiseCopyable, Sendable {
    public var bits: UInt64

    public init(bits: UInt64 = 0) { self.bits = bits }

    public func contains(_ server: Int) -> Bool { bits & (1 << UInt64(server & 63)) != 0 }
    public mutating func insert(_ server: Int) { bits |= 1 << UInt64(server & 63) }
}
