// Many busy flows with few buffers between them: all of them get on.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Fairness")
    struct FairnessTests {
        @Test("flows that share too few buffers get on together", arguments: Tier.available)
        func together(tier: Tier) throws {
            try Scene.run(tier, Setup(splice: .off, isTiny: true)) { scene in
                let count = 1 << 20
                let clients = (0..<40).map { _ in scene.connect(.transfer, downBytes: count) }
                // Sockets' own buffers hold much of it: on a busy machine the first may have all before the last was
                // accepted, which says nothing of how buffers are shared. Where they are not, nearly all have nothing.
                try scene.run("everybody has begun", within: 60) { clients.allSatisfy { $0.receivedCount > 0 } }
                try scene.run("the first has everything", within: 60) { clients.contains { $0.receivedCount == count } }
                let lower = clients.map(\.receivedCount).sorted()[clients.count / 4]
                #expect(lower >= count / 8, "a quarter has at most \(lower) of \(count) bytes when the first has all")
                try scene.run("everybody has everything", within: 60) { clients.allSatisfy { $0.receivedCount == count } }
            }
        }
    }
}
