// One poll loop on the test's own thread for all its sockets: nothing blocks, and every wait has a deadline.

import CLinux
import Glibc

/// A descriptor in the loop.
protocol Watched: AnyObject {
    var descriptor: Int32 { get }
    var wantsBytes: Bool { get }
    var wantsRoom: Bool { get }
    func isReady(forBytes: Bool, forRoom: Bool)
}

/// Thrown where something did not happen in time.
struct Stuck: Error, CustomStringConvertible {
    let description: String
}

final class Loop {
    private let epoll: Int32
    private var members: [Member] = []
    private var changed: [Int] = []
    private let events: UnsafeMutablePointer<swivel_epoll_event>
    private static let eventsMax = 256
    /// Where bytes that arrive are looked at; nobody keeps them there.
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchBytes, alignment: 16)
    static let scratchBytes = 256 * 1_024

    private struct Member {
        var watched: (any Watched)?
        var registered: UInt32 = 0
    }

    init() {
        epoll = swivel_epoll_create()
        precondition(epoll >= 0, "there is a descriptor for the loop")
        events = .allocate(capacity: Self.eventsMax)
    }

    deinit {
        close(epoll)
        events.deallocate()
        scratch.deallocate()
    }

    /// Adds a descriptor, and answers the number by which `change` and `remove` know it.
    func add(_ watched: any Watched) -> Int {
        members.append(Member(watched: watched))
        changed.append(members.count - 1)
        return members.count - 1
    }

    /// What the member wants has changed.
    func change(_ number: Int) { changed.append(number) }

    /// Before the member's descriptor is closed.
    func remove(_ number: Int) {
        if let watched = members[number].watched, members[number].registered != 0 {
            _ = swivel_epoll_control(epoll, Int32(SWIVEL_EPOLL_DELETE), watched.descriptor, 0, 0)
        }
        members[number] = Member()
    }

    /// Handles what is ready, waiting for it at most `milliseconds`.
    func turn(milliseconds: UInt64) {
        tellChanges()
        let count = Int(swivel_epoll_wait(epoll, events, Int32(Self.eventsMax), milliseconds * 1_000_000))
        for index in 0..<max(0, count) {
            let number = Int(events[index].data)
            guard let watched = members[number].watched else { continue }
            let bits = events[index].events
            let isBroken = bits & UInt32(SWIVEL_EPOLLERR | SWIVEL_EPOLLHUP) != 0
            watched.isReady(
                forBytes: bits & UInt32(SWIVEL_EPOLLIN) != 0 || isBroken, forRoom: bits & UInt32(SWIVEL_EPOLLOUT) != 0 || isBroken)
            changed.append(number)
        }
    }

    private func tellChanges() {
        for number in changed {
            guard let watched = members[number].watched else { continue }
            let wanted = (watched.wantsBytes ? UInt32(SWIVEL_EPOLLIN) : 0) | (watched.wantsRoom ? UInt32(SWIVEL_EPOLLOUT) : 0)
            let registered = members[number].registered
            guard wanted != registered else { continue }
            let operation = wanted == 0 ? SWIVEL_EPOLL_DELETE : registered == 0 ? SWIVEL_EPOLL_ADD : SWIVEL_EPOLL_MODIFY
            _ = swivel_epoll_control(epoll, Int32(operation), watched.descriptor, wanted, UInt64(number))
            members[number].registered = wanted
        }
        changed.removeAll(keepingCapacity: true)
    }

    /// Turns until `condition` holds.
    ///
    /// - Throws: `Stuck` after `seconds`, with what `state` says of the moment. A turn counts for 10 ms at most: in
    ///   what goes beyond that the machine did something else.
    func run(_ what: String, seconds: Double, state: () -> String, until condition: () -> Bool) throws {
        var waited: UInt64 = 0
        var lookedAt = swivel_monotonic_ns()
        while !condition() {
            guard waited < UInt64(seconds * 1e9) else { throw Stuck(description: "\(what): not within \(seconds) s; \(state())") }
            // Conditions may hang on what a shard's thread counts, of which no descriptor tells.
            turn(milliseconds: 1)
            let now = swivel_monotonic_ns()
            waited += min(now - lookedAt, 10_000_000)
            lookedAt = now
        }
    }
}
