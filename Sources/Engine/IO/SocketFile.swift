// Who may open the file of a Unix socket: its owner, group and permissions.

internal import Config
internal import Glibc

enum SocketFile {
    /// Sets what was asked for. Nobody can connect yet: the socket does not listen before this is done.
    static func permit(_ path: String, _ listener: Listener) throws(SetupError) {
        let place = "cannot listen on unix:\(path)"
        // The highest number leaves the file's own.
        var (user, group) = (uid_t.max, gid_t.max)
        if let account = listener.unixUser { user = try number(of: account, named: "unix-user", place, find: userNumber) }
        if let account = listener.unixGroup { group = try number(of: account, named: "unix-group", place, find: groupNumber) }
        if user != .max || group != .max, lchown(path, user, group) != 0 {
            let advice = "only root may give it to another user, and others only to a group of their own"
            throw SetupError(.systemError, "\(place): its owner cannot be changed", errno: errno, advice: advice)
        }
        // After the owner, as a change of that may clear bits.
        if let mode = listener.unixMode, chmod(path, mode_t(mode)) != 0 {
            let advice = "see chmod(2) for what this error means"
            throw SetupError(.systemError, "\(place): its mode cannot be changed", errno: errno, advice: advice)
        }
    }

    private static func number(
        of account: Account, named option: String, _ place: String, find: (String) -> UInt32?
    ) throws(SetupError) -> UInt32 {
        switch account {
        case .number(let number): return number
        case .name(let name):
            guard let number = find(name) else {
                throw SetupError(
                    .systemError,
                    "\(place): \(option)=\(name) is unknown here; name one that 'getent' knows, or write its number")
            }
            return number
        }
    }

    /// Room for one entry of any directory; glibc asks for 1,024 bytes.
    private static let entryBytes = 65_536

    private static func userNumber(_ name: String) -> UInt32? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: entryBytes) { memory in
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard getpwnam_r(name, &entry, memory.baseAddress!, memory.count, &found) == 0 else { return nil }
            return found?.pointee.pw_uid
        }
    }

    private static func groupNumber(_ name: String) -> UInt32? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: entryBytes) { memory in
            var entry = group()
            var found: UnsafeMutablePointer<group>?
            guard getgrnam_r(name, &entry, memory.baseAddress!, memory.count, &found) == 0 else { return nil }
            return found?.pointee.gr_gid
        }
    }
}
