// `swivel run`: from a configuration to a data plane that serves until a signal ends it.

internal import Config
internal import Control
internal import Engine

enum Run {
    static let featureMaskVariable = "SWIVEL_KERNEL_FEATURES"

    /// Serves, and answers the exit code.
    ///
    /// - Parameters:
    ///   - whenReady: called once every shard serves; `whenEnded`: once every shard has ended.
    ///   - display: called about once a second, for the demo's table.
    static func serve(
        _ configuration: Configuration, _ environment: [String: String], whenReady: ((DataPlane) -> Void)? = nil,
        display: ((DataPlane) -> Void)? = nil, whenEnded: (() -> Void)? = nil
    ) throws(ControlError) -> Int32 {
        let resolved = try StickyCookies.fill(NameResolution.resolve(configuration))
        let signals = try Signals()
        let events = try EventLog(resolved.log)
        do throws(SetupError) {
            let plane = try DataPlane(resolved, featureMask: environment[featureMaskVariable] ?? "")
            let notice = ServiceNotice(environment: environment)
            let supervision: Supervision
            do throws(ControlError) {
                supervision = try Supervision(resolved, plane, signals: signals, events: events, notice: notice)
            } catch {
                plane.join()  // Nothing runs yet; socket files are removed.
                throw SetupError(error)
            }
            supervision.everySecond = display
            supervision.whenReady = whenReady
            supervision.whenEnded = whenEnded
            return try supervision.run()
        } catch {
            throw ControlError(error.message, exitCode: error.kind.rawValue)
        }
    }
}

extension SetupError {
    fileprivate init(_ error: ControlError) {
        self.init(error.exitCode == 77 ? .notPermitted : .systemError, error.message)
    }
}
