// Bytes to a server and back, in all sizes, on every tier.

import Testing

@testable import Engine

extension KernelTests {
    @Suite("Echoes")
    struct EchoTests {
        @Test("a byte comes back", arguments: Tier.available)
        func one(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect()
                try scene.echo(1, by: client)
            }
        }

        @Test("messages of every size come back, one after another", arguments: Tier.available)
        func sizes(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect()
                for count in [1, 2, 127, 1_023, 1_024, 1_025, 4_095, 4_096, 4_097, 16_384, 65_535, 65_537, 300_000] {
                    try scene.echo(count, by: client)
                }
            }
        }
    }
}
