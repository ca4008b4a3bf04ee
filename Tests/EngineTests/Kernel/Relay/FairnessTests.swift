// Many busy flows with few buffers between them: all of them get on.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Fairness")
    struct FairnessTests {
        @Test("flows that share too few buffers get on together", arguments: Tier.available, [true])
        func together(tier: Tier, isUnix: Bool) throws {
            var setup = Setup(splice: .off, isTiny: false)
            if isUnix { (setup.listening, setup.serving) = (.unix, .unix) }
            try Scene.run(tier, setup) { scene in
                let clients = (0..<40).map { _ in scene.connect(.transfer, downBytes: 16 << 20) }
                try scene.run("the first has everything", within: 60) { clients.contains { $0.receivedCount == 16 << 20 } }
                let least = clients.map(\.receivedCount).min()!
                print("FAIR", tier.name, isUnix, clients.map { $0.receivedCount >> 10 }.sorted(), scene.total(.receiveStarved), scene.total(.turns))
                #expect(least >= 1 << 17, "the last has \(least) bytes")
                try scene.run("everybody has everything", within: 60) { clients.allSatisfy { $0.receivedCount == 16 << 20 } }
            }
        }
    }
}
