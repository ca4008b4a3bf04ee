// HTTP through a running data plane: sites behind it, clients before it, and a scene that reckons up afterwards.

import CLinux
import Config
import Glibc
import Testing

@testable import Engine

final class Web {
    unowned let scene: Scene
    let sites: [Site]
    private(set) var clients: [Wire] = []

    /// Runs `body` in a scene whose frontend is in http mode.
    static func run(
        _ tier: Tier, _ servers: [TestServer.Kind] = [.serving], splice: ProcessOptions.Splice = .auto, isTiny: Bool = false,
        shardCount: Int = 1, listening: Setup.Place = .ipv4, serving: Setup.Place = .ipv4,
        _ configure: @escaping (inout Configuration) -> Void = { _ in }, _ body: (Web) throws -> Void
    ) throws {
        var setup = Setup(
            shardCount: shardCount, splice: splice, isTiny: isTiny, listening: listening, serving: serving, servers: servers)
        setup.configure = { configuration in
            configuration.frontends[0].mode = .http
            bePatient(&configuration)
            configure(&configuration)
        }
        try Scene.run(tier, setup) { try body(Web($0)) }
    }

    /// This thread or a shard's may be held up for seconds: nobody is given up for that, and no idle connection, unless
    /// a test is about it. Longer than tests wait, so that what a test has set is not mistaken for this.
    private static func bePatient(_ configuration: inout Configuration) {
        let milliseconds: UInt64 = 120_000
        configuration.frontends[0].headTimeoutMilliseconds = milliseconds
        configuration.frontends[0].bodyIdleTimeoutMilliseconds = milliseconds
        configuration.frontends[0].clientTimeoutMilliseconds = milliseconds
        configuration.frontends[0].keepAliveTimeoutMilliseconds = milliseconds
        configuration.backends[0].connectTimeoutMilliseconds = milliseconds
        configuration.backends[0].queueTimeoutMilliseconds = milliseconds
        configuration.backends[0].serverTimeoutMilliseconds = milliseconds
        configuration.backends[0].reuseIdleMilliseconds = milliseconds
    }

    private init(_ scene: Scene) {
        self.scene = scene
        sites = scene.servers.enumerated().map { Site($0, $1, loop: scene.loop) }
        scene.closeOthers = { [self] in
            for client in clients { client.close() }
            for site in sites { site.closeAll() }
        }
        scene.stateOfOthers = { [self] in
            (clients.map { "client \($0.state)" } + sites.flatMap(\.wires).map { "server \($0.state)" }).suffix(12).joined(separator: "; ")
        }
    }

    /// Whole requests that servers got.
    var served: [Served] { sites.flatMap(\.served) }
    /// Connections that servers accepted.
    var connectionCount: Int { sites.reduce(0) { $0 + $1.wires.count } }

    // MARK: - Clients

    /// A client on its way, that sends `text` first.
    @discardableResult
    func client(_ text: String = "", receiveBuffer: Int32? = nil, sendBuffer: Int32? = nil, listener: Int = 0) -> Wire {
        let native = NativeAddress(scene.plane.listening[listener].address)
        let descriptor = swivel_socket(native.family, 1)
        precondition(descriptor >= 0, "there is a descriptor for a client")
        if native.isInternet { _ = swivel_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        if let receiveBuffer { _ = swivel_set_option(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        if let sendBuffer { _ = swivel_set_option(descriptor, SOL_SOCKET, SO_SNDBUF, sendBuffer) }
        _ = native.withPointer { swivel_connect(descriptor, $0, $1) }
        let wire = Wire(descriptor, isConnecting: true, loop: scene.loop)
        clients.append(wire)
        if !text.isEmpty { wire.send(text) }
        return wire
    }

    /// Waits for the next answer to `client`.
    func answer(to client: Wire, _ kind: Message.Kind = .answer, within seconds: Double = 40) throws -> Message {
        var found: (message: Message, end: Int)?
        try scene.run("an answer", within: seconds) {
            found = Message.whole(client.received, from: client.readCount, kind, hasEnded: client.hasEnded)
            return found != nil || client.isOver
        }
        guard let found else { throw Stuck(description: "no whole answer: \(client.state)") }
        client.readCount = found.end
        return found.message
    }

    /// Sends `text` and waits for its answer.
    func ask(_ client: Wire, _ text: String) throws -> Message {
        client.send(text)
        return try answer(to: client, text.hasPrefix("HEAD") ? .answerToHead : .answer)
    }

    /// The answer to a client of its own.
    func ask(_ text: String) throws -> Message { try ask(client(), text) }

    // MARK: - Waiting

    func run(_ what: String, within seconds: Double = 40, until condition: () -> Bool) throws {
        try scene.run(what, within: seconds, until: condition)
    }

    func total(_ counter: Counter) -> Int { scene.total(counter) }

    /// Waits until `client` has seen the end of its connection, and closes its own side as clients do.
    func expectEnd(of client: Wire, within seconds: Double = 40) throws {
        try run("the connection ends", within: seconds) { client.isOver }
        #expect(client.hasEnded && client.failure == 0, "\(client.state)")
        client.close()
    }
}
