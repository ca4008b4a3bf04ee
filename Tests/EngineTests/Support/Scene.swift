// A running data plane between real clients and real servers, and the reckoning afterwards: whatever a
// test did, every slot, buffer, pipe, place and descriptor is back at its end.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

/// What a test wants of its data plane.
struct Setup {
    var shardCount = 1
    var splice = ProcessOptions.Splice.auto
    /// Sixteen receive buffers of 1 KiB and rings of 64 entries, so that everything runs short.
    var isTiny = false
    var listening = Place.ipv4
    var serving = Place.ipv4
    var servers: [TestServer.Kind] = [.serving]
    /// What the receive buffers of the servers' connections keep to; otherwise the kernel lets them grow to tens of
    /// megabytes, and a server that reads nothing is no obstacle.
    var serverReceiveBuffer: Int32?
    /// The last word on the configuration.
    var configure: (inout Configuration) -> Void = { _ in }

    enum Place: String, Sendable { case ipv4, ipv6, unix }
}

final class Scene {
    let loop = Loop()
    let plane: DataPlane
    let servers: [TestServer]
    private(set) var clients: [Peer] = []
    /// Ends whatever else a test has open, and tells of it where a wait fails.
    var closeOthers: () -> Void = {}
    var stateOfOthers: () -> String = { "" }
    private let directory = TemporaryDirectory()
    private let runtimeDescriptors = Descriptors.ofRuntime()
    private var stillPeer: Peer?
    private var stillCounts: [Int] = []
    private var stillNanoseconds: UInt64 = 0
    private var lookedAt: UInt64 = 0

    /// Runs `body` in a scene and reckons up afterwards.
    static func run(_ tier: Tier, _ setup: Setup = Setup(), _ body: (Scene) throws -> Void) throws {
        // A splice into a broken connection raises it; the executable ignores it as well.
        signal(SIGPIPE, SIG_IGN)
        let before = Descriptors.ofKernel()
        do {
            let scene = try Scene(tier, setup)
            do {
                try body(scene)
            } catch {
                scene.abandon()
                throw error
            }
            try scene.reckonUp()
        }
        #expect(Descriptors.areGone { Descriptors.ofKernel() - before }, "every descriptor is closed")
    }

    private init(_ tier: Tier, _ setup: Setup) throws {
        let (loop, directory) = (loop, directory)
        let servers = setup.servers.enumerated().map { index, kind in
            TestServer(
                kind, at: Self.address(setup.serving, directory.file("server-\(index)")), receiveBuffer: setup.serverReceiveBuffer,
                loop: loop)
        }
        self.servers = servers
        var configuration = Configuration(
            frontends: [
                Frontend(name: "front", listeners: [Listener(address: Self.address(setup.listening, directory.file("front")))], backend: "back")
            ],
            backends: [
                Backend(name: "back", servers: servers.enumerated().map { Server(name: "s\($0)", address: .socket($1.address)) })
            ])
        configuration.frontends[0].mode = .tcp
        configuration.process.engine = tier.engine
        configuration.process.workerCount = setup.shardCount
        configuration.process.affinity = .off
        configuration.process.splice = setup.splice
        if setup.isTiny {
            configuration.process.bufferCount = 16
            configuration.process.bufferBytes = 1_024
            configuration.process.ringEntries = 64
            configuration.process.completionEntries = 128
        }
        setup.configure(&configuration)
        plane = try DataPlane(configuration, featureMask: tier.mask)
        try plane.start()
    }

    private static func address(_ place: Setup.Place, _ path: String) -> SocketAddress {
        switch place {
        case .ipv4: .ipv4(host: 0x7f00_0001, port: 0)
        case .ipv6: .ipv6(high: 0, low: 1, port: 0, scope: 0)
        case .unix: .unix(path: path)
        }
    }

    // MARK: - Clients

    /// A client on its way to listener number `listener`. Its number names its streams.
    @discardableResult
    func connect(
        _ mode: Request.Mode = .echo, downBytes: Int = 0, serverEndsFirst: Bool = false, listener: Int = 0, receiveBuffer: Int32? = nil,
        preface: [UInt8] = []
    ) -> Peer {
        let native = NativeAddress(plane.listening[listener].address)
        let descriptor = swivel_socket(native.family, 1)
        precondition(descriptor >= 0, "there is a descriptor for a client")
        if native.isInternet { _ = swivel_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        if let receiveBuffer { _ = swivel_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        _ = native.withPointer { swivel_connect(descriptor, $0, $1) }
        let id = UInt32(clients.count + 1)
        let request = Request(id: id, mode: mode, serverEndsFirst: serverEndsFirst, downBytes: downBytes)
        clients.append(Peer(client: descriptor, preface: preface, request, loop: loop))
        return clients[clients.count - 1]
    }

    /// A client whose request has reached a server, with that server's side of it.
    func join(_ mode: Request.Mode = .echo, downBytes: Int = 0, serverEndsFirst: Bool = false, listener: Int = 0) throws -> (Peer, Peer) {
        let client = connect(mode, downBytes: downBytes, serverEndsFirst: serverEndsFirst, listener: listener)
        try run("a client is joined with a server") { self.server(of: client) != nil }
        return (client, server(of: client)!)
    }

    /// The server's side of a client's connection, once its request has come.
    func server(of client: Peer) -> Peer? {
        for server in servers { if let peer = server.connection(of: client.request!.id) { return peer } }
        return nil
    }

    /// Sends `count` bytes and waits until they have come back.
    func echo(_ count: Int, by client: Peer) throws {
        let due = client.receivedCount + count
        client.send(count)
        try run("\(count) bytes come back") { client.receivedCount >= due || client.failure != 0 }
        #expect(client.hasReceived(due), "\(client.receivedCount) of \(due) bytes, errno \(client.failure)")
    }

    /// The log lines that have come since they were last asked for.
    func logLines() -> [String] {
        var bytes: [UInt8] = []
        plane.takeLog { piece in
            bytes += piece
            return piece.count
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    // MARK: - Waiting

    /// Lets everything run until `condition` holds.
    func run(_ what: String, within seconds: Double = 60, until condition: () -> Bool) throws {
        try loop.run(what, seconds: seconds, state: { self.state }, until: condition)
    }

    /// Lets everything run for `milliseconds`: only to see that something does not happen meanwhile.
    func run(milliseconds: UInt64) {
        let end = swivel_monotonic_ns() + milliseconds * 1_000_000
        while swivel_monotonic_ns() < end { loop.turn(milliseconds: 1) }
    }

    /// Whether for a while `peer` has got nothing rid of, and the engine passed nothing on though it has had its turn:
    /// all that lies between is full.
    func isStill(_ peer: Peer) -> Bool {
        let now = swivel_monotonic_ns()
        let counts = [peer.sentCount, total(.bytesIn), total(.bytesOut)]
        if stillPeer !== peer || stillCounts != counts { (stillPeer, stillCounts, stillNanoseconds) = (peer, counts, 0) }
        // A turn of the loop waits a millisecond. What passed beyond that, this thread or all of the machine stood still.
        stillNanoseconds += min(now - lookedAt, 2_000_000)
        lookedAt = now
        return peer.sentCount > 0 && stillNanoseconds > 50_000_000 && areShardsAsleep()
    }

    /// Lets every shard begin a turn and end it: whatever had come to its sockets by now has been seen then. One that
    /// has nothing to do takes its time.
    func letShardsSee(_ what: String) throws {
        let before = plane.byShard(.turns)
        try run("the shards see \(what)") { zip(plane.byShard(.turns), before).allSatisfy { $0 >= $1 + 2 } }
    }

    func total(_ counter: Counter) -> Int { Int(plane.total(counter)) }

    private var state: String {
        let counters = Counter.allCases.filter { plane.total($0) > 0 }.map { "\($0) \(plane.total($0))" }
        let peers = (clients + servers.flatMap(\.connections)).prefix(12).map {
            "\($0.isClient ? "client" : "server") sent \($0.sentCount) received \($0.receivedCount) ended \($0.hasEnded) errno \($0.failure)"
        }
        return (counters + peers + [stateOfOthers()]).joined(separator: "; ")
    }

    // MARK: - The end

    private func closePeers() {
        for client in clients { client.close() }
        closeServerPeers()
        closeOthers()
    }

    private func closeServerPeers() {
        for server in servers { for connection in server.connections { connection.close() } }
    }

    /// Everything comes back by itself once the peers have gone, and the shards end when they are told.
    private func reckonUp() throws {
        closePeers()
        if !plane.isFinished {
            try run("every connection ends with its peers") {
                // Some have only been accepted since the others were closed.
                self.closeServerPeers()
                return self.total(.connections) == 0 && self.plane.placesTaken == 0
            }
            plane.drain()
            try run("the shards end") { self.plane.isFinished }
        }
        plane.join()
        closeServerPeers()
        expectNothingLeft()
        for server in servers { server.close() }
    }

    private func expectNothingLeft() {
        for gauge in [
            Counter.connections, .spillChunks, .smallChunks, .receiveBuffers, .pipes, .waiting, .serverConnections, .pooledConnections,
        ] {
            #expect(plane.total(gauge) == 0, "\(gauge) at the end")
        }
        #expect(plane.placesTaken == 0)
        for server in servers.indices { #expect(plane.currentConnections(server: server) == 0) }
        let areGone = Descriptors.areGone { plane.leftoverDescriptors - (Descriptors.ofRuntime() - runtimeDescriptors) }
        #expect(areGone, "descriptors of the shards")
    }

    /// After a failure: ends what can be ended, so that other tests go on.
    private func abandon() {
        closePeers()
        plane.stop()
        if (try? run("the shards stop") { self.plane.isFinished }) != nil { plane.join() }
        for server in servers { server.close() }
    }
}
