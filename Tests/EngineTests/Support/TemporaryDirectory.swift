// A directory of a test's own, for socket files.

import Glibc

/// A fresh directory, removed with everything in it when the value is released.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/swivel-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "a directory can be made in \(parent)")
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// A path for a file that does not exist yet.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
