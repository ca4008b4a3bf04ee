// The process's variables as a table.

internal import Glibc

enum Environment {
    static var variables: [String: String] {
        var found: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") { found[String(line[..<equals])] = String(line[line.index(after: equals)...]) }
            entry += 1
        }
        return found
    }
}
