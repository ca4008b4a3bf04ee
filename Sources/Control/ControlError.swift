// What goes wrong outside the data plane, with the exit code it ends the process with.

internal import CLinux
internal import Glibc

/// A fault that the operator can mend.
public struct ControlError: Error, Equatable {
    /// What is wrong; what would be right.
    public let message: String
    /// After sysexits.h, as SURFACE.md lists them.
    public let exitCode: Int32

    public init(_ message: String, exitCode: Int32) {
        self.message = message
        self.exitCode = exitCode
    }

    init(_ problem: String, errno number: Int32, remedy: String) {
        let reason = unsafe String(cString: swivel_error_text(number))
        message = "\(problem): \(reason); \(remedy)"
        exitCode = number == EACCES || number == EPERM ? 77 : 71
    }
}
