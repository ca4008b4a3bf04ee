// The file that says which process this is.

internal import Glibc

/// A pid file: written at start, removed at the end.
struct PidFile {
    private let path: String

    init(_ path: String) throws(ControlError) {
        self.path = path
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ControlError("--pid \(path) cannot be written", errno: errno, remedy: "its directory must exist and be writable")
        }
        LogFile.write("\(getpid())\n", to: descriptor)
        close(descriptor)
    }

    func remove() { _ = unsafe unlink(path) }
}
