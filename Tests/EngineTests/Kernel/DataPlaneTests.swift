// The data plane's public face: which engine runs, what is listened on, and starts that cannot be.

import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("The data plane")
    struct DataPlaneTests {
        private func configuration(
            _ engine: ProcessOptions.Engine = .auto, at addresses: [SocketAddress] = [.ipv4(host: 0x7f00_0001, port: 0)]
        ) -> Configuration {
            var configuration = Configuration(
                frontends: [Frontend(name: "front", listeners: addresses.map { Listener(address: $0) }, backend: "back")],
                backends: [Backend(name: "back", servers: [Server(name: "s", address: .socket(.ipv4(host: 0x7f00_0001, port: 1)))])])
            configuration.frontends[0].mode = .tcp
            configuration.process.engine = engine
            configuration.process.affinity = .off
            configuration.process.workerCount = 2
            return configuration
        }

        /// Starts and stops at once.
        private func runOnce(_ plane: DataPlane) throws {
            try plane.start()
            plane.stop()
            try Loop().run("the shards finish", seconds: 60, state: { "" }) { plane.isFinished }
            plane.join()
        }

        @Test("io_uring runs where it can", .enabled(if: Machine.hasRing, Machine.ringComment), arguments: [ProcessOptions.Engine.auto, .ioUring])
        func ring(engine: ProcessOptions.Engine) throws {
            let plane = try DataPlane(configuration(engine))
            #expect(plane.engine == .ioUring(try KernelFeatures.probe()))
            #expect(plane.engine.name == "io_uring")
            try runOnce(plane)
        }

        @Test("where io_uring is forbidden epoll runs, and says why")
        func fallback() throws {
            let plane = try DataPlane(configuration(.auto), featureMask: "-io_uring")
            guard case .epoll(let reason?) = plane.engine else {
                Issue.record("epoll runs for a reason")
                return
            }
            #expect(!reason.isEmpty)
            try runOnce(plane)
        }

        @Test("epoll that was asked for needs no reason")
        func epoll() throws {
            let plane = try DataPlane(configuration(.epoll))
            #expect(plane.engine == .epoll(fallbackReason: nil))
            try runOnce(plane)
        }

        @Test("io_uring that was asked for and cannot be is refused, with what to do")
        func refused() {
            let error = #expect(throws: SetupError.self) { try DataPlane(configuration(.ioUring), featureMask: "-io_uring") }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("--engine auto or epoll") == true)
        }

        @Test("every address is listed in the configuration's order, with its true port")
        func listening() throws {
            let directory = TemporaryDirectory()
            let asked: [SocketAddress] = [
                .ipv4(host: 0x7f00_0001, port: 0), .ipv6(high: 0, low: 1, port: 0, scope: 0), .unix(path: directory.file("s")),
            ]
            let plane = try DataPlane(configuration(at: asked))
            #expect(plane.listening.map(\.frontend) == ["front", "front", "front"])
            #expect(plane.listening[2].address == asked[2])
            for index in 0..<2 {
                let port = try #require(plane.listening[index].address.port)
                #expect(port != 0)
                #expect(plane.listening[index].address.with(port: 0) == asked[index])
            }
            try runOnce(plane)
            #expect(access(directory.file("s"), F_OK) != 0, "the socket file is removed at the end")
        }

        @Test("where one address cannot be had nothing is left of the others")
        func nothingHalfStarted() throws {
            let directory = TemporaryDirectory()
            let taken = try DataPlane(configuration())
            let addresses: [SocketAddress] = [.unix(path: directory.file("s")), taken.listening[0].address]
            let held = Descriptors.ofKernel()
            let error = #expect(throws: SetupError.self) { try DataPlane(configuration(at: addresses)) }
            #expect(error?.kind == .systemError)
            #expect(Descriptors.areGone { Descriptors.ofKernel() - held })
            #expect(access(directory.file("s"), F_OK) != 0)
            try runOnce(taken)
        }

        @Test("several data planes run in one process without knowing of each other")
        func two() throws {
            let planes = try (0..<2).map { _ in try DataPlane(configuration()) }
            for plane in planes { try plane.start() }
            planes[0].stop()
            try Loop().run("the first finishes", seconds: 60, state: { "" }) { planes[0].isFinished }
            #expect(!planes[1].isFinished)
            planes[0].join()
            planes[1].stop()
            try Loop().run("the second finishes", seconds: 60, state: { "" }) { planes[1].isFinished }
            planes[1].join()
        }
    }
}
