// What stops the data plane from starting: the operator can fix it.

internal import CLinux

/// A fault of set-up, with what would be right and the exit code it ends the process with.
public struct SetupError: Error, Equatable {
    /// Exit codes of SURFACE.md, after sysexits.h.
    public enum Kind: Int32, Sendable {
        case unavailable = 69
        case systemError = 71
        case notPermitted = 77
    }

    public let kind: Kind
    /// What is wrong, and where the operator knows it, what would be right: "…; …".
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// With the kernel's own reason; a missing permission decides the kind.
    init(_ kind: Kind, _ message: String, errno number: Int32, advice: String? = nil) {
        let isPermission = number == 1 || number == 13  // EPERM, EACCES
        self.kind = isPermission ? .notPermitted : kind
        let reason = "\(message): \(String(cString: swivel_error_text(number)))"
        self.message = advice.map { "\(reason); \($0)" } ?? reason
    }
}
