// What the two engines on real sockets have in common: calls that answer at once, whatever brings completions.

internal import CLinux

/// A shard's kernel that is the machine's, by io_uring or by epoll.
protocol KernelIO: ShardIO, ~Copyable {}

extension KernelIO where Self: ~Copyable {
    mutating func hasNews(_ descriptor: Int32) -> Bool { SocketCalls.hasNews(descriptor) }
    mutating func shutdownSending(_ descriptor: Int32) -> Int32 { SocketCalls.shutdownSending(descriptor) }

    mutating func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 {
        SocketCalls.makePipe(&reading, &writing)
    }

    mutating func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int {
        SocketCalls.splice(from: source, to: target, count: count, hasMore: hasMore)
    }

    mutating func unsent(on descriptor: Int32) -> Int32 { swivel_unsent(descriptor) }

    mutating func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        SocketCalls.peerAddress(of: descriptor, into: &address)
    }

    mutating func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        SocketCalls.localAddress(of: descriptor, into: &address)
    }

    mutating func clearWake(_ descriptor: Int32) { _ = swivel_eventfd_clear(descriptor) }
}
