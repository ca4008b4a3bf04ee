// Why a text is no address: a value for whoever can tell the operator, who knows what was wanted.

/// What is wrong with an address that was written down.
public enum AddressFault: Error, Equatable, Sendable, CaseIterable {
    case empty
    /// `10.0.0.1`, `localhost`, `[::1]`: nothing says the port.
    case portMissing
    /// A colon, then something other than 0 to 65535 without leading zeros.
    case portMalformed
    /// Neither an address nor a host name.
    case hostMalformed
    /// Looks like IPv4, and is not four numbers from 0 to 255 without leading zeros.
    case ipv4Malformed
    /// In brackets, and no IPv6 address.
    case ipv6Malformed
    /// `::1:80`: which of the colons begins the port cannot be told.
    case ipv6Unbracketed
    /// `[` without `]`.
    case bracketUnclosed
    /// After `%`, something other than an interface's number (1 to 4294967295).
    case zoneMalformed
    /// A zone on an address that is not link-local (fe80::/10).
    case zoneMisplaced
    /// `unix:` and a path that does not begin with `/`.
    case unixPathRelative
    /// A path of more than 107 bytes.
    case unixPathTooLong
    /// A path with a control byte, or one that is not UTF-8.
    case unixPathMalformed
}
