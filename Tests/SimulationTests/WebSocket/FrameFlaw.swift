// What a peer of a simulated WebSocket may say that is against the rules.

enum FrameFlaw: CaseIterable {
    /// A client's frame without a mask, a server's with one.
    case wrongMask
    case fragmentedControl, controlTooLong, lengthNotMinimal, lengthTooLarge, closeTooShort
    /// Longer than the operator allows; none where he allows any.
    case tooLarge

    /// What its sender has to be told.
    var closeCode: UInt16 { self == .tooLarge ? 1_009 : 1_002 }

    /// Bytes of it that show what is wrong.
    var tellingBytes: Int {
        switch self {
        case .fragmentedControl, .controlTooLong, .closeTooShort, .wrongMask: 2
        case .lengthNotMinimal, .tooLarge: 4
        case .lengthTooLarge: 10
        }
    }
}
