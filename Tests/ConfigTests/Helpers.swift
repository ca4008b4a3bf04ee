// Command lines for tests: the shortest that is good, and what comes of one.

import Config
import Testing

/// A mode, a listener and a server: all that a configuration needs.
let valid = ["--mode", "tcp", "--bind", "127.0.0.1:80", "--server", "10.0.0.1:8000"]

/// The same for requests, which are balanced where no mode is said.
let validHTTP = ["--bind", "127.0.0.1:80", "--server", "10.0.0.1:8000"]

/// The arguments of a line; what stands between single quotes is one, or a part of one.
func words(_ line: String) -> [String] {
    let parts = line.split(separator: "'", omittingEmptySubsequences: false)
    var words: [String] = []
    var isOpen = false
    for (index, part) in parts.enumerated() {
        let isQuoted = !index.isMultiple(of: 2)
        for (number, piece) in (isQuoted ? [part] : part.split(separator: " ", omittingEmptySubsequences: false)).enumerated() {
            if number > 0 { isOpen = false }
            if piece.isEmpty, !isQuoted { continue }
            if isOpen { words[words.count - 1] += piece } else { words.append(String(piece)) }
            isOpen = true
        }
    }
    return words
}

/// The configuration that a command line runs.
func configuration(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Configuration {
    guard case .run(let configuration) = try Invocation.parse(arguments: arguments, environment: environment) else {
        throw Unexpected()
    }
    return configuration
}

/// Every fault of a command line, as it is printed; empty where there is none.
func faults(_ arguments: [String], _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try Invocation.parse(arguments: arguments, environment: environment)
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}

/// Every warning of a command line, be it good or not.
func warnings(_ arguments: [String], _ environment: [String: String] = [:]) -> [String] {
    var warnings: [Diagnostic] = []
    _ = try? Invocation.parse(arguments: arguments, environment: environment, warnings: &warnings)
    return warnings.map(\.description)
}

struct Unexpected: Error {}
