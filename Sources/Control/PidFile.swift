// The file that says which process this is.

internal import Glibc

/// A pid file: written at start, removed at the end.
struct PidFile {
    private let path: String

    /// Written beside and moved into place, so that nobody ever reads half of it.
    init(_ path: String) throws(ControlError) {
        self.path = path
        let fresh = "\(path).\(getpid())"
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw PidFile.failure(path) }
        LogFile.write("\(getpid())\n", to: descriptor)
        close(descriptor)
        guard unsafe rename(fresh, path) == 0 else {
            let failure = PidFile.failure(path)
            _ = unsafe unlink(fresh)
            throw failure
        }
    }

    private static func failure(_ path: String) -> ControlError {
        ControlError("--pid \(path) cannot be written", errno: errno, remedy: "its directory must exist and be writable")
    }

    /// Removes the file, unless a successor has written its own there meanwhile.
    func remove() {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0, String(decoding: bytes[..<count], as: UTF8.self) == "\(getpid())\n" else { return }
        _ = unsafe unlink(path)
    }
}
