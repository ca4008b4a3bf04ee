// What the operator is told while the process runs: one line an event, on standard error or in a file.

public import Config
internal import Glibc

/// Writes `swivel: LEVEL: sentence` lines. For the control thread only: shards count, they do not talk.
public final class EventLog {
    private let level: LogOptions.Level
    private let file: LogFile

    /// - Throws: `ControlError` where the file cannot be opened.
    public init(_ options: LogOptions) throws(ControlError) {
        level = options.level
        file = try LogFile(options.errorTarget, standard: STDERR_FILENO, flag: "--error-logfile")
    }

    /// A sentence without a final full stop; control bytes in it are written as `?`.
    public func write(_ level: LogOptions.Level, _ sentence: String) {
        guard level <= self.level else { return }
        let word = level == .warn ? "warning" : level.rawValue
        file.write(EventLog.line(word, sentence))
    }

    /// Opens the file again, for whoever has moved the old one away.
    public func reopen() throws(ControlError) { try file.reopen() }

    static func line(_ word: String, _ sentence: String) -> String {
        let clean = sentence.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : Character($0) }
        return "swivel: \(word): \(String(clean))\n"
    }

    /// For what goes wrong before there is a log.
    public static func complain(_ sentence: String) { LogFile.write(line("error", sentence), to: STDERR_FILENO) }
    public static func warn(_ sentence: String) { LogFile.write(line("warning", sentence), to: STDERR_FILENO) }
}
