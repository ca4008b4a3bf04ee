// Listening sockets: bound so that nobody takes part of the traffic by mistake.

internal import CLinux
internal import Codecs
internal import Config
internal import Glibc

/// The sockets of one listening address, one for each shard.
struct ListenSocket {
    /// One a shard.
    var descriptors: [Int32]
    /// As bound: port 0 has become the kernel's choice.
    var address: SocketAddress
    /// The file of a Unix socket, as it was made.
    var file: FileIdentity?

    /// Binds and listens.
    ///
    /// The first socket is bound plainly, so that an address somebody else listens on is refused, even
    /// where that somebody is another Swivel of the same user; only then is SO_REUSEPORT set on it and
    /// its siblings bound beside it. A Unix socket has one queue, which all shards share.
    ///
    /// - Parameters:
    ///   - keepaliveSeconds: of its frontend.
    ///   - isNonBlocking: whether the engine takes connections by accept(2).
    static func open(
        _ listener: Listener, keepaliveSeconds: Int? = nil, shardCount: Int, isNonBlocking: Bool
    ) throws(SetupError) -> ListenSocket {
        if case .unix(let path) = listener.address {
            return try openUnix(path, listener, shardCount: shardCount, isNonBlocking: isNonBlocking)
        }
        let first = try make(listener, listener.address, keepaliveSeconds, isNonBlocking: isNonBlocking)
        var socket = ListenSocket(descriptors: [first], address: listener.address)
        do throws(SetupError) {
            try bind(first, listener.address)
            try listen(first, listener.address, listener)
            socket.address = boundAddress(of: first) ?? listener.address
            for _ in 1..<max(shardCount, 1) {
                try check(swivel_set_option(first, SOL_SOCKET, SO_REUSEPORT, 1), "share \(text(socket.address))")
                let sibling = try make(listener, socket.address, keepaliveSeconds, isNonBlocking: isNonBlocking)
                socket.descriptors.append(sibling)
                try check(swivel_set_option(sibling, SOL_SOCKET, SO_REUSEPORT, 1), "share \(text(socket.address))")
                try bind(sibling, socket.address)
                try listen(sibling, socket.address, listener)
            }
        } catch {
            socket.close()
            throw error
        }
        return socket
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        removeFile()
    }

    /// Removes a Unix socket's file, unless a successor has put its own there meanwhile.
    func removeFile() {
        guard case .unix(let path) = address, let file, FileIdentity(path) == file else { return }
        unlink(path)
    }

    private static func openUnix(
        _ path: String, _ listener: Listener, shardCount: Int, isNonBlocking: Bool
    ) throws(SetupError) -> ListenSocket {
        try removeStale(path)
        let first = try make(listener, listener.address, nil, isNonBlocking: isNonBlocking)
        var socket = ListenSocket(descriptors: [first], address: listener.address)
        do throws(SetupError) {
            try bind(first, listener.address)
            socket.file = FileIdentity(path)
            try SocketFile.permit(path, listener)
            try listen(first, listener.address, listener)
            for _ in 1..<max(shardCount, 1) {
                let copy = fcntl(first, F_DUPFD_CLOEXEC, 3)
                guard copy >= 0 else { throw SetupError(.systemError, "cannot share \(text(socket.address))", errno: errno) }
                socket.descriptors.append(copy)
            }
        } catch {
            socket.close()
            throw error
        }
        return socket
    }

    /// A socket file whose owner is gone is removed; one that somebody answers on is not.
    private static func removeStale(_ path: String) throws(SetupError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let place = "cannot listen on unix:\(path)"
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SetupError(.systemError, "\(place): a file that is no socket stands there; choose another path")
        }
        let answer = waiting(while: -EINPROGRESS) { deadline in
            let probe = swivel_socket(AF_UNIX, 1)
            defer { Glibc.close(probe) }
            let result = NativeAddress(.unix(path: path)).withPointer { swivel_connect(probe, $0, $1) }
            if result == -ECONNREFUSED || result == -ENOENT { return 0 }
            guard result == 0 || result == -EAGAIN else { return result }
            // An owner that goes ends the connection: one probe, held, finds out, where many would
            // trouble an owner that stays.
            if result == 0, !hasEnded(probe, until: deadline) { return -EADDRINUSE }
            return -EINPROGRESS
        }
        guard answer == 0 else {
            throw SetupError(.systemError, place, errno: EADDRINUSE, advice: "another process answers there: stop it or choose another path")
        }
        unlink(path)
    }

    private static func hasEnded(_ probe: Int32, until deadline: UInt64) -> Bool {
        let now = swivel_monotonic_ns()
        var entry = pollfd(fd: probe, events: 0, revents: 0)  // A hang-up alone: what the owner says is no end.
        return poll(&entry, 1, now < deadline ? Int32((deadline - now) / 1_000_000) : 0) != 0
    }

    /// How long an address that is taken is asked for: the io_uring of a process that was killed holds its
    /// sockets until the kernel has taken it down, mostly for 10 ms, on a busy machine for up to 700, and
    /// whoever restarts it wants it back at the first try. An operator's mistake is still told within a second.
    private static let patienceNanoseconds: UInt64 = 900_000_000

    /// The result of `attempt`, begun again for a while where it is `fault`. It is told when patience ends.
    private static func waiting(while fault: Int32, _ attempt: (UInt64) -> Int32) -> Int32 {
        let deadline = swivel_monotonic_ns() + patienceNanoseconds
        while true {
            // The last one begins when patience has ended: a process that is held up meanwhile asks once more.
            let isLast = swivel_monotonic_ns() >= deadline
            let result = attempt(deadline)
            guard result == fault, !isLast else { return result }
            usleep(10_000)
        }
    }

    private static func make(
        _ listener: Listener, _ address: SocketAddress, _ keepaliveSeconds: Int?, isNonBlocking: Bool
    ) throws(SetupError) -> Int32 {
        let native = NativeAddress(address)
        let descriptor = swivel_socket(native.family, isNonBlocking ? 1 : 0)
        try check(descriptor, "listen on \(text(address))")
        guard native.isInternet else { return descriptor }
        // Connections that were closed a moment ago must not keep a restart from binding.
        _ = swivel_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if native.family == AF_INET6 { _ = swivel_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        // Accepted sockets inherit it, which saves a call for each of them.
        _ = swivel_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        do throws(SetupError) {
            try SocketOptions.prepare(descriptor, listener, keepaliveSeconds: keepaliveSeconds)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(SetupError) {
        let bound = waiting(while: -EADDRINUSE) { _ in
            NativeAddress(address).withPointer { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : -errno }
        }
        guard bound == 0 else { throw failure(-bound, address) }
    }

    private static func listen(_ descriptor: Int32, _ address: SocketAddress, _ listener: Listener) throws(SetupError) {
        guard Glibc.listen(descriptor, Int32(clamping: listener.backlog)) == 0 else { throw failure(errno, address) }
    }

    private static func failure(_ number: Int32, _ address: SocketAddress) -> SetupError {
        let advice =
            switch number {
            case EADDRINUSE: "another process listens there: stop it or choose another port"
            case ENOENT, ENOTDIR: "the directory of the socket must exist"
            case EADDRNOTAVAIL: "this host has no such address: see 'ip address'"
            case EACCES: "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE, and a socket's directory must be writable"
            default: "see bind(2) and listen(2) for what this error means"
            }
        return SetupError(.systemError, "cannot listen on \(text(address))", errno: number, advice: advice)
    }

    private static func check(_ result: Int32, _ action: String) throws(SetupError) {
        guard result >= 0 else { throw SetupError(.systemError, "cannot \(action)", errno: -result) }
    }

    private static func boundAddress(of descriptor: Int32) -> SocketAddress? {
        var native = NativeAddress()
        return SocketCalls.localAddress(of: descriptor, into: &native) ? native.value : nil
    }

    static func text(_ address: SocketAddress) -> String { address.description }
}
