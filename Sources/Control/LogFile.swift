// A file that lines are added to, opened again on demand.

internal import CLinux
internal import Config
internal import Glibc

/// A log's target: a file, a standard stream, or nothing.
final class LogFile {
    private let target: LogOptions.Target
    private let flag: String
    private var descriptor: Int32
    /// Lines that the target did not take, and nobody keeps.
    private(set) var lostLineCount: UInt64 = 0
    /// Until when a full target is waited for: not at all, while there is other work.
    private var patientUntil: UInt64 = 0

    init(_ target: LogOptions.Target, standard: Int32, flag: String) throws(ControlError) {
        self.target = target
        self.flag = flag
        switch target {
        case .off: descriptor = -1
        case .standard: descriptor = standard
        case .file(let path): descriptor = try LogFile.open(path, flag)
        }
    }

    deinit {
        if case .file = target { close(descriptor) }
    }

    private static func open(_ path: String, _ flag: String) throws(ControlError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw ControlError("\(flag) \(path) cannot be opened", errno: errno, remedy: "its directory must exist and be writable")
        }
        return descriptor
    }

    /// Opens the path anew, and keeps the old file where that fails.
    func reopen() throws(ControlError) {
        guard case .file(let path) = target else { return }
        let fresh = try LogFile.open(path, flag)
        close(descriptor)
        descriptor = fresh
    }

    func write(_ text: String) {
        if descriptor >= 0 { LogFile.write(text, to: descriptor) }
    }

    /// Writes what the target takes now; the bytes taken. A broken target takes all, and loses them:
    /// a full disk must not hold up the balancer.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard descriptor >= 0 else { return bytes.count }
        guard LogFile.isReady(descriptor, until: patientUntil) else { return 0 }
        // What a pipe that is ready takes without waiting is a page; a file takes a page as well.
        let written = unsafe Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, Int(PIPE_BUF)))
        if written > 0 { return written }
        return errno == EAGAIN || errno == EINTR ? 0 : unsafe lose(bytes)
    }

    /// From here on a full target is waited for, as nothing else is left to do.
    func bePatient(nanoseconds: UInt64) { patientUntil = swivel_monotonic_ns() + nanoseconds }

    /// Takes all of `bytes` for lost, and answers their count.
    func lose(_ bytes: UnsafeRawBufferPointer) -> Int {
        for index in bytes.indices where unsafe bytes[index] == UInt8(ascii: "\n") { lostLineCount += 1 }
        return bytes.count
    }

    /// Whether a write of a page would not wait: a pipe that nobody reads must not hold up the control
    /// thread, which has signals to obey.
    private static func isReady(_ descriptor: Int32, until deadline: UInt64 = 0) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let now = swivel_monotonic_ns()
        let milliseconds = now < deadline ? Int32((deadline - now) / 1_000_000) : 0
        return unsafe poll(&entry, 1, milliseconds) > 0
    }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                guard isReady(descriptor) else { return }
                let count = unsafe Glibc.write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, Int(PIPE_BUF)))
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
