// A client and the server that it was joined with, both ours: blocking sockets whose calls take no memory.

import Glibc

/// Both far ends of one relay.
struct Pair {
    let client: Int32
    let server: Int32

    func close() {
        Glibc.close(client)
        Glibc.close(server)
    }

    /// Calls until no signal breaks in. The kernel's own do, where a ring that this thread opened is taken
    /// down behind its back, and a call with a time limit is not begun again by itself.
    @inline(__always)
    static func again<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    /// Sends all of `bytes` by `descriptor`.
    static func send(_ bytes: UnsafeRawBufferPointer, by descriptor: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = again { Glibc.send(descriptor, bytes.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(what: "a send", errno: errno) }
            done += count
        }
    }

    /// Fills `bytes` from `descriptor`.
    static func receive(_ bytes: UnsafeMutableRawBufferPointer, by descriptor: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = again { recv(descriptor, bytes.baseAddress! + done, bytes.count - done, 0) }
            guard count > 0 else { throw Failure(what: "a receive of \(bytes.count - done) bytes more", errno: errno) }
            done += count
        }
    }

    /// Waits for the end of what `descriptor` receives.
    static func receiveEnd(by descriptor: Int32) throws(Failure) {
        var byte: UInt8 = 0
        guard again({ recv(descriptor, &byte, 1, 0) }) == 0 else { throw Failure(what: "an end", errno: errno) }
    }
}
