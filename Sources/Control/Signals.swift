// Signals as something to read: blocked in every thread, taken from a descriptor.

internal import CLinux
internal import Glibc

/// The signals that mean something to us.
public struct Signals {
    let descriptor: Int32

    /// Before the first other thread starts, as threads inherit what is blocked. SIGPIPE is ignored: a
    /// broken connection is the result of its send.
    public init() throws(ControlError) {
        signal(SIGPIPE, SIG_IGN)
        let wanted = [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGHUP, SIGTTIN, SIGTTOU, SIGWINCH]
        descriptor = unsafe swivel_signalfd(wanted, wanted.count)
        guard descriptor >= 0 else { throw ControlError("signalfd", errno: -descriptor, remedy: "the kernel must have it") }
    }

    /// The next pending one, or `nil`.
    func next() -> Int32? {
        let number = swivel_signalfd_read(descriptor)
        return number > 0 ? number : nil
    }
}
