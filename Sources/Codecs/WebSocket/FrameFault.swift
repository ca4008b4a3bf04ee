// Why bytes are no WebSocket frame: a value, as a peer may send anything.

/// What is wrong with a frame, found in its head: nothing of it has been passed on.
public enum FrameFault: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A client's frame without a mask (RFC 6455 section 5.1).
    case unmasked
    /// A server's frame with one (RFC 6455 section 5.1).
    case masked
    /// A control frame without FIN (RFC 6455 section 5.5).
    case fragmentedControl
    /// A control frame of more than 125 bytes (RFC 6455 section 5.5).
    case controlTooLong
    /// A length in more bytes than it needs (RFC 6455 section 5.2).
    case lengthNotMinimal
    /// A length of 2^63 bytes or more (RFC 6455 section 5.2).
    case lengthTooLarge
    /// A data frame longer than the operator allows.
    case frameTooLarge
    /// A close frame with one byte, where two are a code (RFC 6455 section 5.5.1).
    case closeTooShort

    /// What its sender is told: 1002 for a breach of the protocol, 1009 for a frame too big (RFC 6455 section 7.4.1).
    public var closeCode: UInt16 { self == .frameTooLarge ? 1009 : 1002 }

    /// For logs and counters.
    public var name: StaticString {
        switch self {
        case .unmasked: "unmasked"
        case .masked: "masked"
        case .fragmentedControl: "fragmented-control"
        case .controlTooLong: "control-too-long"
        case .lengthNotMinimal: "length-not-minimal"
        case .lengthTooLarge: "length-too-large"
        case .frameTooLarge: "frame-too-large"
        case .closeTooShort: "close-too-short"
        }
    }

    /// One plain line for people.
    public var reason: StaticString {
        switch self {
        case .unmasked: "a client's frame without a mask"
        case .masked: "a server's frame with a mask"
        case .fragmentedControl: "a control frame in fragments"
        case .controlTooLong: "a control frame of more than 125 bytes"
        case .lengthNotMinimal: "a length in more bytes than it needs"
        case .lengthTooLarge: "a length of 2^63 bytes or more"
        case .frameTooLarge: "a frame longer than allowed"
        case .closeTooShort: "a close frame with half a code"
        }
    }
}
