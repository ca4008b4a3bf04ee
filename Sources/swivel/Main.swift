// The executable: what was asked for, done, with the exit code that says how it went.

internal import Config
internal import Control
internal import Engine
internal import Glibc

@main
struct Main {
    static let version = "0.1.0"

    static func main() {
        exit(run(arguments: Array(CommandLine.arguments.dropFirst()), environment: Environment.variables))
    }

    private static func run(arguments: [String], environment: [String: String]) -> Int32 {
        var warnings: [Diagnostic] = []
        do throws(UsageError) {
            let invocation = try Invocation.parse(arguments: arguments, environment: environment, warnings: &warnings)
            for warning in warnings { EventLog.warn(warning.description) }
            return carryOut(invocation, environment)
        } catch {
            for diagnostic in error.diagnostics { EventLog.complain(diagnostic.description) }
            for warning in warnings { EventLog.warn(warning.description) }
            return error.exitStatus
        }
    }

    private static func carryOut(_ invocation: Invocation, _ environment: [String: String]) -> Int32 {
        do throws(ControlError) {
            switch invocation {
            case .run(let configuration):
                return try Run.serve(configuration, environment)
            case .check(let configuration):
                _ = try StickyCookies.fill(NameResolution.resolve(configuration))
                print("configuration is valid")
            case .dump(let configuration):
                print(DumpConfig.text(of: configuration), terminator: "")
            case .demo(let options):
                return try Demo.run(options, environment)
            case .version:
                print("swivel \(version)")
            case .buildInfo:
                BuildInfo.print(environment)
            case .help(let text):
                print(text, terminator: "")
            }
            return 0
        } catch {
            EventLog.complain(error.message)
            return error.exitCode
        }
    }
}
