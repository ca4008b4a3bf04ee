// Long flows: through splice where it is allowed, through buffers where not, every byte checked.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Bulk")
    struct BulkTests {
        enum Way: String, CaseIterable, Sendable { case up, down, both }

        /// Sends `count` bytes each way asked for, and expects all of them.
        private func move(_ count: Int, _ way: Way, in scene: Scene) throws {
            let (up, down) = (way == .down ? 0 : count, way == .up ? 0 : count)
            let client = scene.connect(.transfer, downBytes: down)
            client.send(up)
            client.finish()
            try scene.run("\(count) bytes \(way)") { client.hasEnded || client.failure != 0 }
            #expect(client.hasReceived(down))
            let server = try #require(scene.server(of: client))
            #expect(server.hasReceived(up))
            #expect(scene.total(.bytesIn) == up + Request.byteCount)
            #expect(scene.total(.bytesOut) == down)
        }

        @Test("64 MiB arrive whole and go through splice", arguments: Tier.available, Way.allCases)
        func spliced(tier: Tier, way: Way) throws {
            try Scene.run(tier) { scene in
                try move(64 << 20, way, in: scene)
                #expect(scene.total(.bytesSpliced) > 32 << 20)
                #expect(scene.total(.spliceBegun) >= (way == .both ? 2 : 1))
            }
        }

        @Test("with splice off they go through buffers", arguments: Tier.available, Way.allCases)
        func copied(tier: Tier, way: Way) throws {
            try Scene.run(tier, Setup(splice: .off)) { scene in
                try move(16 << 20, way, in: scene)
                #expect(scene.total(.bytesSpliced) == 0)
                #expect(scene.total(.spliceBegun) == 0)
            }
        }

        @Test("with splice on everything goes through pipes, from the first byte", arguments: Tier.available, Way.allCases)
        func alwaysSpliced(tier: Tier, way: Way) throws {
            try Scene.run(tier, Setup(splice: .on)) { scene in
                try move(16 << 20, way, in: scene)
                #expect(scene.total(.bytesSpliced) == scene.total(.bytesIn) + scene.total(.bytesOut))
            }
        }

        @Test("tiny buffers carry bulk as well", arguments: Tier.available, [ProcessOptions.Splice.auto, .off])
        func tiny(tier: Tier, splice: ProcessOptions.Splice) throws {
            var setup = Shape.tiny.setup
            setup.splice = splice
            try Scene.run(tier, setup) { scene in
                try move(8 << 20, .both, in: scene)
            }
        }
    }
}
