// Listening sockets as they are bound at start: shared by our shards, and by nobody else.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Listening sockets")
    struct ListenSocketTests {
        private static let loopback = SocketAddress.ipv4(host: 0x7f00_0001, port: 0)
        private static let loopback6 = SocketAddress.ipv6(high: 0, low: 1, port: 0, scope: 0)

        private func open(_ address: SocketAddress, shards: Int = 1, isNonBlocking: Bool = true) throws -> ListenSocket {
            try ListenSocket.open(Listener(address: address), shardCount: shards, isNonBlocking: isNonBlocking)
        }

        /// Whether a connection to `address` is made (its descriptor is closed again).
        private func connects(to address: SocketAddress) -> Bool {
            let native = NativeAddress(address)
            let descriptor = swivel_socket(native.family, 0)
            defer { close(descriptor) }
            return native.withPointer { swivel_connect(descriptor, $0, $1) } == 0
        }

        @Test("port 0 becomes one port that all shards share", arguments: [1, 2, 5])
        func portZero(shards: Int) throws {
            let socket = try open(Self.loopback, shards: shards)
            defer { socket.close() }
            #expect(socket.descriptors.count == shards)
            #expect(socket.address.port != 0)
            for _ in 0..<32 { #expect(connects(to: socket.address)) }
            // A connection waits in the queue of exactly one of them.
            let accepted = acceptAll(32, at: socket.descriptors)
            #expect(accepted.count == 32)
            for client in accepted { close(client) }
        }

        @Test("an address that another of our kind listens on is refused", arguments: [1, 2], [1, 2])
        func taken(firstShards: Int, secondShards: Int) throws {
            let first = try open(Self.loopback, shards: firstShards)
            defer { first.close() }
            let error = #expect(throws: SetupError.self) { try open(first.address, shards: secondShards) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("another process listens there") == true)
            #expect(error?.message.contains(first.address.description) == true)
        }

        @Test("an address can be bound again once it was closed, with connections still winding down")
        func again() throws {
            // A port that was just closed may be given to somebody else: not every time.
            #expect(try (0..<5).contains { _ in try isBoundAgain() })
        }

        private func isBoundAgain() throws -> Bool {
            let first = try open(Self.loopback, shards: 2)
            #expect(connects(to: first.address))
            first.close()
            guard let second = try? open(first.address, shards: 2) else { return false }
            #expect(second.address == first.address)
            second.close()
            return true
        }

        @Test("a port whose owner goes while it is asked for is taken over", arguments: [1, 2])
        func leaving(shards: Int) throws {
            // An owner that is held up goes when nobody asks any more: not every time.
            #expect(try (0..<10).contains { _ in try isTakenOver(shards: shards) })
        }

        private func isTakenOver(shards: Int) throws -> Bool {
            let owner = try open(Self.loopback, shards: shards)
            let (isAsking, isTaken) = (Signal(), Signal())
            onThreads(2) { number in
                if number == 0 {
                    isAsking.set(1)
                    guard let socket = try? open(owner.address, shards: shards) else { return }
                    if socket.address == owner.address { isTaken.set(1) }
                    socket.close()
                } else {
                    while isAsking.value == 0 { sched_yield() }
                    usleep(50_000)  // The other one's first tries: a bind leaves nothing to be seen.
                    owner.close()
                }
            }
            return isTaken.value == 1
        }

        @Test("a refused address leaves no descriptor behind")
        func nothingLeft() throws {
            let first = try open(Self.loopback, shards: 2)
            defer { first.close() }
            let before = Descriptors.ofKernel()
            _ = try? open(first.address, shards: 4)
            #expect(Descriptors.areGone { Descriptors.ofKernel() - before })
        }

        @Test("IPv6 is served, and only IPv6: the same port is free for IPv4")
        func ipv6() throws {
            let socket = try open(Self.loopback6, shards: 2)
            defer { socket.close() }
            #expect(connects(to: socket.address))
            // The port that the kernel chose for IPv6 may be somebody else's for IPv4: not every time.
            #expect(try (0..<20).contains { _ in try isFreeForIPv4() })
        }

        private func isFreeForIPv4() throws -> Bool {
            let any6 = try open(.ipv6(high: 0, low: 0, port: 0, scope: 0))
            defer { any6.close() }
            guard let any4 = try? open(.ipv4(host: 0, port: any6.address.port!)) else { return false }
            any4.close()
            return true
        }

        @Test("the sockets block or not as the engine wants, and never survive an exec", arguments: [true, false])
        func flags(isNonBlocking: Bool) throws {
            let socket = try open(Self.loopback, shards: 2, isNonBlocking: isNonBlocking)
            defer { socket.close() }
            for descriptor in socket.descriptors {
                #expect((fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0) == isNonBlocking)
                #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            }
        }

        @Test("an address that this host has not is refused with what to look at")
        func foreignAddress() {
            // A documentation address (RFC 5737), which no host carries.
            let error = #expect(throws: SetupError.self) { try open(.ipv4(host: 0xc000_0201, port: 0)) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("this host has no such address") == true)
        }

        @Test("an interface that does not exist is refused with its name")
        func interface() {
            var listener = Listener(address: Self.loopback)
            listener.interface = "nosuch0"
            let error = #expect(throws: SetupError.self) {
                try ListenSocket.open(listener, shardCount: 1, isNonBlocking: true)
            }
            #expect(error?.message.contains("nosuch0") == true)
        }

        @Test("a low port without the right to it is a missing permission", .enabled(if: geteuid() != 0, "root may bind any port"))
        func lowPort() {
            let error = #expect(throws: SetupError.self) { try open(.ipv4(host: 0x7f00_0001, port: 1)) }
            #expect(error?.kind == .notPermitted)
        }
    }
}
