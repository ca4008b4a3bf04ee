// What this process has open, by kind.

import Glibc

enum Descriptors {
    /// Sockets, pipes, and the kernel's anonymous objects (rings, epoll sets, event counters). Files are
    /// left out: another suite may be reading one.
    static func ofKernel() -> Int { count { !$0.hasPrefix("/") } }

    /// Files and directories, the one that is read here left out.
    static func ofFiles() -> Int { count { $0.hasPrefix("/") && !$0.hasPrefix("/proc/") } }

    private static func count(_ isCounted: (String) -> Bool) -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        var target = [CChar](repeating: 0, count: 512)
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let length = readlink("/proc/self/fd/\(name)", &target, target.count - 1)
            guard length > 0 else { continue }
            let text = String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if isCounted(text) { count += 1 }
        }
        return count
    }
}
