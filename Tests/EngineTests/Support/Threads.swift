// Threads that a test starts and waits for, and what the kernel says of those that are not its own.

import Glibc

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on `count` threads at once, each with its number, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for number in 0..<count {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(ThreadBody { body(number) })
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        precondition(result == 0, "a thread starts")
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

/// Whether every shard of this process sleeps in the kernel: it has done all that it found to do. One that merely
/// waits for a processor does not sleep.
func areShardsAsleep() -> Bool {
    guard let directory = opendir("/proc/self/task") else { return false }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
        let thread = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        // "PID (NAME) STATE ..."; a thread that has just ended has none.
        let words = start(of: "/proc/self/task/\(thread)/stat").split(separator: " ")
        if words.count > 2, words[1].hasPrefix("(swivel-"), words[2] != "S" { return false }
    }
    return true
}

private func start(of path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    return String(decoding: bytes[..<max(0, read(file, &bytes, bytes.count))], as: UTF8.self)
}
