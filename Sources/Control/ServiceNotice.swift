// Word to the service manager: ready, stopping (sd_notify(3), protocol of NOTIFY_SOCKET).

internal import Glibc

/// Sends state lines to the socket that `NOTIFY_SOCKET` names; nothing where there is none.
public struct ServiceNotice {
    private let path: String?

    public init(environment: [String: String]) { path = environment["NOTIFY_SOCKET"] }

    /// Best effort: a manager that does not listen is not our fault to report.
    func send(_ state: String) {
        guard let path, !path.isEmpty, path.utf8.count < 108 else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: path.utf8)
            // A leading @ stands for the abstract namespace, whose names begin with a NUL.
            if path.hasPrefix("@") { unsafe target[0] = 0 }
        }
        let byteCount = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let bytes = Array(state.utf8)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, byteCount)
            }
        }
    }
}
