// The package's own files, as text.

import Glibc

/// Sources by their path below the package's folder.
enum Package {
    /// The folder that holds Package.swift, found from this file.
    static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Every file below `place` whose name ends so, in the order of their paths.
    static func files(below place: String, endingIn ending: String) -> [SourceFile] {
        var found: [SourceFile] = []
        walk(place, ending, &found)
        return found.sorted { $0.path < $1.path }
    }

    private static func walk(_ place: String, _ ending: String, _ found: inout [SourceFile]) {
        guard let directory = opendir("\(folder)/\(place)") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard !name.hasPrefix("."), name != "__pycache__", name != "results" else { continue }
            let path = "\(place)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                walk(path, ending, &found)
            } else if name.hasSuffix(ending), let text = read(path) {
                found.append(SourceFile(path: path, text: text))
            }
        }
    }

    /// A file's text, or `nil` where there is none.
    static func read(_ path: String) -> String? {
        guard let file = fopen("\(folder)/\(path)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
