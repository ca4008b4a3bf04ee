// How much of the machine a configuration comes to.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Resources")
    struct ResourcesTests {
        private func configuration(_ change: (inout ProcessOptions) -> Void = { _ in }) -> Configuration {
            var configuration = Configuration(
                frontends: [Frontend(name: "f", listeners: [Listener(address: .ipv4(host: 0, port: 0))], backend: "b")],
                backends: [Backend(name: "b", servers: [Server(name: "s", address: .socket(.ipv4(host: 0, port: 1)))])])
            configuration.frontends[0].mode = .tcp
            change(&configuration.process)
            return configuration
        }

        @Test("without a number there is a shard for each core of the process's set, pinned to it")
        func automatic() throws {
            let resources = try Resources(configuration())
            let cores = Resources.allowedCores()
            #expect(resources.shardCount == cores.count)
            #expect(resources.cores == cores)
        }

        @Test("more shards than cores go round")
        func wrap() throws {
            let cores = Resources.allowedCores()
            let resources = try Resources(configuration { $0.workerCount = cores.count + 1 })
            #expect(resources.cores == cores + [cores[0]])
        }

        @Test("with affinity off no shard is pinned")
        func unpinned() throws {
            #expect(try Resources(configuration { $0.affinity = .off }).cores.isEmpty)
        }

        @Test("a list of cores is followed in its order")
        func listed() throws {
            let core = try #require(Resources.allowedCores().last)
            let resources = try Resources(configuration { process in
                process.affinity = .cores([core])
                process.workerCount = 3
            })
            #expect(resources.cores == [core, core, core])
        }

        @Test("a core that this process may not use is refused by its number")
        func foreignCore() {
            let error = #expect(throws: SetupError.self) { try Resources(configuration { $0.affinity = .cores([1_023]) }) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("core 1023") == true)
        }

        @Test("without splice there are no pipes, with it they are shared out among the shards")
        func pipes() throws {
            #expect(try Resources(configuration { $0.splice = .off }).pipesPerShard == 0)
            let alone = try Resources(configuration { $0.workerCount = 1 }).pipesPerShard
            let shared = try Resources(configuration { $0.workerCount = 4 }).pipesPerShard
            #expect(alone > 0 && alone <= 192)
            #expect(shared * 4 <= 192)
        }

        @Test("connections fit the descriptor limit: two a connection, besides the pipes and the reserve")
        func fitting() throws {
            let resources = try Resources(configuration { $0.workerCount = 2 })
            #expect(2 * resources.connectionsMax + 2 * 2 * resources.pipesPerShard < resources.descriptorLimit)
            #expect(resources.connectionsMax > resources.descriptorLimit / 4)
            #expect(resources.warnings.isEmpty)
        }

        @Test("a number of connections that fits is taken without a word, one more with a warning", arguments: [0, 1])
        func connectionsMax(beyond: Int) throws {
            let fitting = try Resources(configuration()).connectionsMax
            let resources = try Resources(configuration { $0.connectionsMax = fitting + beyond })
            #expect(resources.connectionsMax == fitting + beyond)
            #expect(resources.warnings.count == beyond)
        }

        @Test("where listeners alone need more descriptors than there are, the start is refused")
        func tooFew() {
            var configuration = configuration { $0.workerCount = 256 }
            // 256 shards times 20,000 listeners are more than the 4,194,304 that are ever used.
            configuration.frontends[0].listeners = Array(repeating: configuration.frontends[0].listeners[0], count: 20_000)
            let error = #expect(throws: SetupError.self) { try Resources(configuration) }
            #expect(error?.kind == .systemError)
            #expect(error?.message.contains("ulimit -n") == true)
        }
    }
}
