// Many busy flows with few buffers between them: all of them get on.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Fairness")
    struct FairnessTests {
        @Test("flows that share too few buffers get on together", arguments: Tier.available)
        func together(tier: Tier) throws {
            let count = 1 << 20
            let flowCount = 40
            var setup = Setup(splice: .off, isTiny: true, servers: (0..<flowCount).map { _ in .serving })
            // A server a flow: the engine's own figures tell how far each is.
            setup.configure = { $0.backends[0].balance = .roundRobin }
            try Scene.run(tier, setup) { scene in
                let clients = (0..<flowCount).map { _ in scene.connect(.transfer, downBytes: count) }
                try scene.run("every server has said something") {
                    clients.allSatisfy { client in scene.server(of: client).map { $0.sentCount > 0 } ?? false }
                }
                // Where buffers are not shared, one flow keeps them until it has ended, and then the next: the last
                // begins as all others have everything. What clients have read says nothing, nor does the moment at which
                // this thread looks: what counts is what the engine had moved by a time when the last had not begun.
                let before = scene.total(.bytesOut)
                var moved = 0
                try scene.run("everybody has begun") {
                    let sum = scene.total(.bytesOut) - before
                    if (0..<flowCount).allSatisfy({ scene.plane.total(.bytesOut, server: $0) > 0 }) { return true }
                    moved = sum
                    return false
                }
                #expect(moved <= flowCount * count / 4, "\(moved) bytes moved before the last flow began")
                try scene.run("everybody has everything") { clients.allSatisfy { $0.receivedCount == count } }
            }
        }
    }
}
