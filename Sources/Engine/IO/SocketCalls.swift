// The calls that answer at once, the same for both real engines.

internal import CLinux
internal import Glibc

enum SocketCalls {
    static func make(for address: NativeAddress, _ options: ServerSocketOptions, isNonBlocking: Bool) -> Int32 {
        let descriptor = swivel_socket(address.family, isNonBlocking ? 1 : 0)
        guard descriptor >= 0, address.isInternet else { return descriptor }
        // Nagle's delay would hold a short message back until the one before is acknowledged.
        _ = swivel_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if options.keepaliveSeconds > 0 { _ = SocketOptions.keepAlive(descriptor, seconds: options.keepaliveSeconds) }
        guard let source = options.source else { return descriptor }
        let bound = SocketOptions.bindSource(descriptor, source.pointee)
        guard bound < 0 else { return descriptor }
        close(descriptor)
        return bound
    }

    static func hasNews(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count >= 0 || errno != EAGAIN
    }

    static func shutdownSending(_ descriptor: Int32) -> Int32 {
        shutdown(descriptor, Int32(SHUT_WR)) == 0 ? 0 : -errno
    }

    static func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        ask(&address) { getpeername(descriptor, $0, $1) }
    }

    static func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        ask(&address) { getsockname(descriptor, $0, $1) }
    }

    @inline(__always)
    private static func ask(
        _ address: inout NativeAddress, _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> Bool {
        var byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &byteCount) }
        }
        address.byteCount = UInt32(byteCount)
        return result == 0
    }

    static func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 {
        var ends: (Int32, Int32) = (-1, -1)
        let capacity = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) { swivel_pipe($0, Int32(PipePool.pipeBytes)) }
        }
        (reading, writing) = ends
        return capacity
    }

    static func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int {
        let flags = UInt32(SWIVEL_SPLICE_MOVE) | UInt32(SWIVEL_SPLICE_NONBLOCK)
        return swivel_splice(source, target, count, hasMore ? flags | UInt32(SWIVEL_SPLICE_MORE) : flags)
    }
}

/// The pseudo-random sequence of a shard (SplitMix64): fast, and the same for the same seed.
struct ShardRandom: BitwiseCopyable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
