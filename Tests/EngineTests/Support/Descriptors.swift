// What this process has open, by kind.

import CLinux
import Glibc

enum Descriptors {
    /// Sockets, pipes, and the kernel's anonymous objects (rings, epoll sets, event counters). Files are
    /// left out: another suite may be reading one.
    static func ofKernel() -> Int { count { !$0.hasPrefix("/") } - ofRuntime() }

    /// What Swift's concurrency opens when anybody first sleeps, for good and in no test's power: timers, which
    /// nothing else here has, and with them one epoll set and one event counter.
    static func ofRuntime() -> Int {
        let timerCount = count { $0 == "anon_inode:[timerfd]" }
        return timerCount == 0 ? 0 : timerCount + 2
    }

    /// Whether `excess` comes down to nothing: another suite may hold a file or a resolver's socket for a moment.
    static func areGone(_ excess: () -> Int) -> Bool {
        let deadline = swivel_monotonic_ns() + 30_000_000_000
        while excess() > 0 {
            if swivel_monotonic_ns() > deadline { return false }
            // Whoever holds them is another thread, which tells nobody.
            usleep(1_000)
        }
        return true
    }

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
