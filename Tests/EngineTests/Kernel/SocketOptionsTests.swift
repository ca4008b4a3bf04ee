// What sockets are told before they listen or connect, read back from the kernel.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Options of sockets")
    struct SocketOptionsTests {
        private static let loopback = SocketAddress.ipv4(host: 0x7f00_0001, port: 0)
        private static let loopback6 = SocketAddress.ipv6(high: 0, low: 1, port: 0, scope: 0)
        private static let tcp = Int32(IPPROTO_TCP)

        private func open(
            _ address: SocketAddress = loopback, keepaliveSeconds: Int? = nil, shards: Int = 1,
            _ change: (inout Listener) -> Void = { _ in }
        ) throws -> ListenSocket {
            var listener = Listener(address: address)
            change(&listener)
            return try ListenSocket.open(listener, keepaliveSeconds: keepaliveSeconds, shardCount: shards, isNonBlocking: true)
        }

        private func connect(to address: SocketAddress) -> Int32 {
            let native = NativeAddress(address)
            let descriptor = swivel_socket(native.family, 0)
            precondition(native.withPointer { swivel_connect(descriptor, $0, $1) } == 0, "loopback connects")
            return descriptor
        }

        private func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
            var value: Int32 = -1
            var byteCount = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, level, name, &value, &byteCount) == 0 ? value : -errno
        }

        private func keepalive(of descriptor: Int32) -> [Int32] {
            [
                option(descriptor, SOL_SOCKET, SO_KEEPALIVE), option(descriptor, Self.tcp, TCP_KEEPIDLE),
                option(descriptor, Self.tcp, TCP_KEEPINTVL), option(descriptor, Self.tcp, TCP_KEEPCNT),
            ]
        }

        @Test("what is accepted inherits the listener's keep-alive, on every shard", arguments: [loopback, loopback6])
        func inherited(address: SocketAddress) throws {
            let socket = try open(address, keepaliveSeconds: 30, shards: 2)
            defer { socket.close() }
            for listener in socket.descriptors { #expect(keepalive(of: listener) == [1, 30, 10, 3]) }
            let clients = (0..<8).map { _ in connect(to: socket.address) }
            let accepted = acceptAll(8, at: socket.descriptors)
            #expect(accepted.count == 8)
            for client in accepted { #expect(keepalive(of: client) == [1, 30, 10, 3]) }
            for descriptor in clients + accepted { close(descriptor) }
        }

        @Test(
            "the questions come a third of the silence apart, within bounds",
            arguments: [(1, 1), (2, 1), (6, 2), (225, 75), (32_767, 75)])
        func interval(seconds: Int, interval: Int32) throws {
            let socket = try open(keepaliveSeconds: seconds)
            defer { socket.close() }
            #expect(keepalive(of: socket.descriptors[0]) == [1, Int32(seconds), interval, 3])
        }

        @Test("without it nobody asks")
        func noKeepalive() throws {
            let socket = try open()
            defer { socket.close() }
            #expect(option(socket.descriptors[0], SOL_SOCKET, SO_KEEPALIVE) == 0)
        }

        @Test("the accept queue is as long as was asked for")
        func backlog() throws {
            let socket = try open { $0.backlog = 7 }
            defer { socket.close() }
            var info = tcp_info()
            var byteCount = socklen_t(MemoryLayout<tcp_info>.size)
            try #require(getsockopt(socket.descriptors[0], Self.tcp, TCP_INFO, &info, &byteCount) == 0)
            // Of a listening socket this is the length of its queue (tcp_get_info).
            #expect(info.tcpi_sacked == 7)
        }

        @Test("data may come with a client's first packet where that is asked for")
        func fastOpen() throws {
            let plain = try open()
            defer { plain.close() }
            #expect(option(plain.descriptors[0], Self.tcp, SWIVEL_TCP_FASTOPEN) == 0)
            let fast = try open {
                $0.hasFastOpen = true
                $0.backlog = 100
            }
            defer { fast.close() }
            #expect(option(fast.descriptors[0], Self.tcp, SWIVEL_TCP_FASTOPEN) == 100)
        }

        @Test("a connection without data is not accepted where that is asked for")
        func deferred() throws {
            // Nobody is kept waiting for ever: whoever looks late finds it accepted. Not every time.
            #expect(try (0..<20).contains { _ in try isDeferred() })
        }

        /// Whether the look came in time to tell.
        private func isDeferred() throws -> Bool {
            let socket = try open { $0.hasDeferredAccept = true }
            defer { socket.close() }
            let start = swivel_monotonic_ns()
            let client = connect(to: socket.address)
            defer { close(client) }
            let early = swivel_accept(socket.descriptors[0], 1)
            guard swivel_monotonic_ns() - start < 500_000_000 else {
                if early >= 0 { close(early) }
                return false
            }
            #expect(early == -EAGAIN)
            #expect(swivel_send(client, "x", 1) == 1)
            #expect(awaitReadable(socket.descriptors[0]))
            let accepted = swivel_accept(socket.descriptors[0], 1)
            #expect(accepted >= 0)
            close(accepted)
            return true
        }

        @Test("a listener may be bound to an interface")
        func interface() throws {
            let socket = try open { $0.interface = "lo" }
            defer { socket.close() }
            let client = connect(to: socket.address)
            close(client)
        }

        @Test("an interface that is not there is an error with its name, and leaves nothing behind")
        func missingInterface() throws {
            let before = Descriptors.ofKernel()
            let error = #expect(throws: SetupError.self) { try open { $0.interface = "nosuch0" } }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("interface=nosuch0") == true)
            #expect(error?.message.contains("see 'ip link'") == true)
            #expect(Descriptors.areGone { Descriptors.ofKernel() - before })
        }

        // MARK: - Files of Unix sockets

        private func status(_ path: String) -> stat {
            var status = stat()
            lstat(path, &status)
            return status
        }

        @Test("a Unix socket's file has the mode that was asked for, whatever the umask", arguments: [UInt32(0o600), 0o660, 0o666, 0])
        func mode(mode: UInt32) throws {
            let directory = TemporaryDirectory()
            let path = directory.file("socket")
            let socket = try open(.unix(path: path)) { $0.unixMode = mode }
            defer { socket.close() }
            #expect(status(path).st_mode & 0o777 == mode)
        }

        @Test("its owner and group are found by name and by number", .enabled(if: geteuid() == 0, "only root may give files away"))
        func owner() throws {
            let directory = TemporaryDirectory()
            for (user, group) in [(Account.name("nobody"), Account.number(1)), (.number(2), .name("daemon"))] {
                let path = directory.file("socket")
                let socket = try open(.unix(path: path)) {
                    $0.unixUser = user
                    $0.unixGroup = group
                    $0.unixMode = 0o640
                }
                #expect(status(path).st_uid == (user == .number(2) ? 2 : getpwnam("nobody").pointee.pw_uid))
                #expect(status(path).st_gid == 1)
                #expect(status(path).st_mode & 0o777 == 0o640)
                socket.close()
            }
        }

        @Test("a name that the machine does not know is an error, and its file goes")
        func unknownAccount() throws {
            let directory = TemporaryDirectory()
            let path = directory.file("socket")
            for isUser in [true, false] {
                let error = #expect(throws: SetupError.self) {
                    try open(.unix(path: path)) {
                        if isUser { $0.unixUser = .name("nosuchuser") } else { $0.unixGroup = .name("nosuchgroup") }
                    }
                }
                #expect(error?.kind == .systemError)
                #expect(error?.message.contains(isUser ? "unix-user=nosuchuser" : "unix-group=nosuchgroup") == true)
                #expect(access(path, F_OK) != 0)
            }
        }

        // MARK: - Towards servers

        @Test("a connection comes from the source address, whose port is not taken before it connects", arguments: Tier.engines)
        func source(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let server = TestListener()
            let source = UnsafeMutablePointer<NativeAddress>.allocate(capacity: 1)
            defer { source.deallocate() }
            source.initialize(to: NativeAddress(.ipv4(host: 0x7f00_0009, port: 0)))
            let descriptor = engine.makeSocket(
                for: server.address, ServerSocketOptions(source: UnsafePointer(source), keepaliveSeconds: 12))
            try #require(descriptor >= 0)
            var own = NativeAddress()
            #expect(SocketCalls.localAddress(of: descriptor, into: &own))
            #expect(own.ipv4.port == 0)
            let token = Token(.connect, index: 1)
            engine.connect(descriptor, to: server.address, token)
            let reports = try engine.reports("the connect ends") { $0.count == 1 }
            #expect(reports[0].result == 0)
            let accepted = server.accept()
            var peer = NativeAddress()
            #expect(SocketCalls.peerAddress(of: accepted, into: &peer))
            #expect(peer.ipv4.host == 0x7f00_0009)
            #expect(keepalive(of: descriptor) == [1, 12, 4, 3])
            close(accepted)
            engine.close(descriptor, abruptly: false)
            _ = engine.reportsSoon()
        }

        @Test("an address that is not this host's is an error before anything is bound")
        func foreignSource() {
            var backend = Backend(name: "back", servers: [])
            backend.source.ipv4 = .ipv4(host: 0xc000_0201, port: 0)
            let error = #expect(throws: SetupError.self) { try SourceTrial.run(backend) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("--source 192.0.2.1") == true)
            backend.source.ipv4 = .ipv4(host: 0x7f00_0009, port: 0)
            backend.source.ipv6 = .ipv6(high: 0, low: 1, port: 0, scope: 0)
            #expect(throws: Never.self) { try SourceTrial.run(backend) }
        }
    }
}
