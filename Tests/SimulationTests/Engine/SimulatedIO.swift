// The third engine: no kernel, but a seeded world. A shard owns this value; what it stands for is shared
// with the test, which plays the clients, the servers and the weather.

@testable import Engine

struct SimulatedIO: WorldIO, ~Copyable {
    let engine: SimulatedEngine
}
