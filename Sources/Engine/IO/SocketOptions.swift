// What a socket is told before it listens or connects.
// Knows options of sockets. Knows nothing of who asked for them, or why.

internal import CLinux
internal import Config
internal import Glibc

/// How a socket towards a server is made.
struct ServerSocketOptions: BitwiseCopyable {
    /// Where the connection comes from; `nil`: the kernel chooses.
    var source: UnsafePointer<NativeAddress>?
    /// Seconds of silence before TCP asks for the other end; 0: it does not ask.
    var keepaliveSeconds: Int32 = 0
}

enum SocketOptions {
    /// How often TCP asks before it gives the other end up.
    private static let keepaliveProbes: Int32 = 3
    /// What the kernel waits between two questions unless it is told (tcp(7)).
    private static let keepaliveIntervalMax: Int32 = 75
    /// What a client that has sent nothing may stay in the kernel for. Rounded up to a time at which the
    /// kernel repeats its part of the handshake: 7 seconds.
    private static let deferSeconds: Int32 = 5

    /// After so many seconds of silence TCP asks three times, a third of that time between.
    static func keepAlive(_ descriptor: Int32, seconds: Int32) -> Int32 {
        let protocolLevel = Int32(IPPROTO_TCP)
        let interval = min(max(1, seconds / 3), keepaliveIntervalMax)
        var result = swivel_set_option(descriptor, protocolLevel, TCP_KEEPIDLE, seconds)
        if result >= 0 { result = swivel_set_option(descriptor, protocolLevel, TCP_KEEPINTVL, interval) }
        if result >= 0 { result = swivel_set_option(descriptor, protocolLevel, TCP_KEEPCNT, keepaliveProbes) }
        if result >= 0 { result = swivel_set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1) }
        return result
    }

    /// Binds to `source` without taking a port yet: the kernel takes one as it connects, when it knows the
    /// other end, so that each server has all ports for itself.
    static func bindSource(_ descriptor: Int32, _ source: NativeAddress) -> Int32 {
        _ = swivel_set_option(descriptor, Int32(IPPROTO_IP), SWIVEL_IP_BIND_ADDRESS_NO_PORT, 1)
        return source.withPointer { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : -errno }
    }

    /// What was asked for a listener over TCP.
    ///
    /// - Parameter keepaliveSeconds: of its frontend; accepted sockets inherit it, which saves four calls for
    ///   each of them.
    static func prepare(
        _ descriptor: Int32, _ listener: Listener, keepaliveSeconds: Int?
    ) throws(SetupError) {
        func set(_ result: Int32, _ what: String, advice: String) throws(SetupError) {
            guard result < 0 else { return }
            throw SetupError(.systemError, "cannot listen on \(listener.address) with \(what)", errno: -result, advice: advice)
        }
        if let interface = listener.interface {
            try set(
                swivel_bind_interface(descriptor, interface), "interface=\(interface)",
                advice: "see 'ip link' for the names; before Linux 5.7 it needs root or CAP_NET_RAW")
        }
        if let keepaliveSeconds {
            try set(
                keepAlive(descriptor, seconds: Int32(clamping: keepaliveSeconds)), "--tcp-keepalive",
                advice: "leave it out where the kernel cannot do it")
        }
        if listener.hasFastOpen {
            try set(
                swivel_set_option(descriptor, Int32(IPPROTO_TCP), SWIVEL_TCP_FASTOPEN, Int32(clamping: listener.backlog)), "tfo",
                advice: "leave it out where the kernel cannot do it")
        }
        if listener.hasDeferredAccept {
            try set(
                swivel_set_option(descriptor, Int32(IPPROTO_TCP), SWIVEL_TCP_DEFER_ACCEPT, deferSeconds), "defer-accept",
                advice: "leave it out where the kernel cannot do it")
        }
    }
}
