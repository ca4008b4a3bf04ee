// Why a text is no network: a value for whoever tells the operator.

/// What is wrong with a network that was written down.
public enum NetworkFault: Error, Equatable, Sendable {
    case empty
    /// What stands before `/` is no IPv4 and no IPv6 address.
    case addressMalformed
    /// What stands behind `/` is no number from 0 to `bitsMax` without leading zeros.
    case prefixMalformed(bitsMax: Int)
    /// Bits behind the prefix are set; the network that has this address is `network`.
    case hostBitsSet(network: Network)
}
