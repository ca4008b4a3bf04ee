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
                // Where buffers are not shared, one flow keeps them until it has ended, and then the next: the last
                // begins as all others have everything. How far each is at a given moment says nothing: sockets'
                // own buffers, and who is read when, make that differ by much.
                try scene.run("everybody has begun", within: 60) { clients.allSatisfy { $0.receivedCount > 0 } }
                let done = clients.count { $0.receivedCount == count }
                #expect(done <= clients.count / 4, "\(done) have everything as the last begins")
                try scene.run("everybody has everything", within: 60) { clients.allSatisfy { $0.receivedCount == count } }
            }
        }
    }
}
