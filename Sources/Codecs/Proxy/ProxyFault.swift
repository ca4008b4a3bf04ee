// Why bytes are no PROXY header: a value, as a peer may send anything.

/// What is wrong with the bytes that should have been a header.
public enum ProxyFault: Equatable, BitwiseCopyable, Sendable, CaseIterable {
    /// They begin as neither version does.
    case signature
    /// A header of the version that the listener does not take.
    case versionNotAccepted
    /// v1: a carriage return without its line feed, or the reverse.
    case lineEnding
    /// v1: longer than 107 bytes.
    case lineTooLong
    /// Neither TCP4, TCP6 nor UNKNOWN; v2: a family or a transport without a meaning.
    case transport
    /// v1: not two addresses and two ports with one blank before each.
    case fields
    /// v1: not an address of the family that was named.
    case address
    /// v1: not a number from 0 to 65535 without leading zeros.
    case port
    /// v2: another version than 2 behind the signature.
    case version
    /// v2: neither LOCAL nor PROXY.
    case command
    /// v2: says that it is longer than `ProxyHeader.bytesMax`.
    case oversized
    /// v2: says that it is shorter than the addresses of its family.
    case addressesCut
    /// v2: an extension that reaches beyond the header.
    case extensionCut
    /// v2: a checksum that is not four bytes, or a second one.
    case checksumMalformed
    /// v2: a checksum that is not that of the header.
    case checksumWrong

    /// The fault in words, for a log.
    public var words: StaticString {
        switch self {
        case .signature: "no PROXY header"
        case .versionNotAccepted: "a PROXY header of the other version"
        case .lineEnding: "a line that does not end in CR LF"
        case .lineTooLong: "a line of more than 107 bytes"
        case .transport: "an unknown family or transport"
        case .fields: "not two addresses and two ports"
        case .address: "a malformed address"
        case .port: "a malformed port"
        case .version: "an unknown version"
        case .command: "an unknown command"
        case .oversized: "a header of more than 4096 bytes"
        case .addressesCut: "a header too short for its addresses"
        case .extensionCut: "an extension that reaches beyond the header"
        case .checksumMalformed: "a malformed checksum"
        case .checksumWrong: "a wrong checksum"
        }
    }
}
