// `swivel demo`: something to look at before there is anything to deploy.
// Knows what the demo is made of: three servers, one frontend, and a table.

internal import Config
internal import Control

enum Demo {
    private static let serverNames = ["a", "b", "c"]

    /// Serves until a signal ends it, and answers the exit code.
    static func run(_ options: DemoOptions, _ environment: [String: String]) throws(ControlError) -> Int32 {
        let fleet = try DemoFleet(names: serverNames, keepsAlive: options.mode == .http)
        try fleet.start()
        let display = DemoDisplay(fleet.servers, options.mode, DemoScreen(environment))
        let code: Int32
        do throws(ControlError) {
            code = try Run.serve(
                configuration(options, fleet.servers), environment, whenReady: display.begin, display: display.show,
                whenEnded: fleet.settle)
        } catch {
            throw advised(error)
        }
        display.finish()
        return code
    }

    private static func configuration(_ options: DemoOptions, _ servers: [DemoServer]) -> Configuration {
        var backend = Backend(name: "demo", servers: servers.map { Server(name: $0.name, address: .socket($0.address)) })
        // In turn: whoever calls three times has seen all three.
        backend.balance = .roundRobin
        // A stopped server is found out by each request anew, and each may try all the others.
        backend.retriesMax = servers.count - 1
        backend.retryBudgetPercent = 100 * (servers.count - 1)
        var frontend = Frontend(name: "demo", listeners: options.listeners, backend: backend.name)
        frontend.mode = options.mode
        var process = options.process
        // Whoever presses Control-C does not wait until each chat has had its turn to end.
        process.drainSpreadMilliseconds = process.drainSpreadMilliseconds ?? 0
        return Configuration(process: process, log: options.log, frontends: [frontend], backends: [backend])
    }

    /// An address that is taken is the first thing that goes wrong for a newcomer: any other will do.
    private static func advised(_ error: ControlError) -> ControlError {
        guard error.message.hasPrefix("cannot listen on") else { return error }
        return ControlError("\(error.message), or let the kernel choose one: --bind 127.0.0.1:0", exitCode: error.exitCode)
    }
}
