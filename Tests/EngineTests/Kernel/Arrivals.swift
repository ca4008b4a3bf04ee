// Waits for what the kernel brings in its own time: a loopback packet may come later than the next call.

import CLinux
import Glibc

@testable import Engine

/// Longer than anything takes, on a machine that is held up as well.
private let patienceMilliseconds: Int32 = 60_000

extension SocketPair {
    /// Sends all of `bytes` to the engine's end, whether or not anybody reads there.
    func writeWhole(_ bytes: [UInt8]) {
        // The kernel counts what bytes cost it, which is more than they are.
        _ = swivel_set_option(theirs, SOL_SOCKET, SO_SNDBUF, Int32(4 * bytes.count))
        let count = bytes.withUnsafeBytes { swivel_send(theirs, $0.baseAddress!, $0.count) }
        precondition(count == bytes.count, "there is room for what a test sends")
    }

    /// Waits until `count` bytes lie at the engine's end, and leaves them there.
    func awaitBytes(_ count: Int) throws(Stuck) {
        var scratch = [UInt8](repeating: 0, count: count)
        let deadline = swivel_monotonic_ns() + UInt64(patienceMilliseconds) * 1_000_000
        while recv(ours, &scratch, count, Int32(MSG_PEEK | MSG_DONTWAIT)) < count {
            guard swivel_monotonic_ns() < deadline else { throw Stuck(description: "\(count) bytes did not come") }
            usleep(1_000)  // Readiness says that there are some, not how many.
        }
    }

    /// Waits until the engine's end has heard that the connection was reset; nobody is told of it thereby.
    func awaitReset() throws(Stuck) {
        guard awaitReadiness(of: ours, for: 0) else { throw Stuck(description: "the reset did not come") }
    }

    /// Waits until something has come to the test's end: bytes, an end or an error.
    func awaitTheirs() throws(Stuck) {
        guard awaitReadable(theirs) else { throw Stuck(description: "nothing came") }
    }

    /// `count` bytes that come to the test's end, and whatever has come beyond them.
    func read(_ count: Int) -> [UInt8] {
        var all = readAll()
        while all.count < count, awaitReadable(theirs) {
            let came = readAll()
            if came.isEmpty { break }  // An end or an error: no more comes.
            all += came
        }
        return all
    }
}

/// Whether something has come, or comes before patience ends.
func awaitReadable(_ descriptor: Int32) -> Bool { awaitReadiness(of: descriptor, for: POLLIN) }

/// Errors and hang-ups are told in any case.
private func awaitReadiness(of descriptor: Int32, for events: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        let count = poll(&entry, 1, patienceMilliseconds)
        // The kernel may break in where it takes down a ring that this thread had.
        if count >= 0 || errno != EINTR { return count == 1 }
    }
}

/// The connections that wait at non-blocking `listeners`, once there are `count`, and those beyond them.
func acceptAll(_ count: Int, at listeners: [Int32]) -> [Int32] {
    var accepted: [Int32] = []
    let deadline = swivel_monotonic_ns() + UInt64(patienceMilliseconds) * 1_000_000
    while true {
        let before = accepted.count
        for listener in listeners {
            while case let client = swivel_accept(listener, 1), client >= 0 { accepted.append(client) }
        }
        if accepted.count >= count || swivel_monotonic_ns() > deadline { return accepted }
        // A client's connect returns before its last packet has reached the listener.
        if accepted.count == before { usleep(1_000) }
    }
}
