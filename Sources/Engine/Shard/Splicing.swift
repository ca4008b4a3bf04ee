// Bulk flows go from socket to pipe to socket inside the kernel: this process sees counts, not bytes.
// A flow comes here when it keeps filling its receives, and leaves when it turns chatty.

internal import Config
internal import Glibc

extension Shard where IO: ~Copyable {
    /// Bytes one flow moves before others have their turn.
    private static var pumpBytesMax: Int { 4 << 20 }

    /// The flow is bulk and its hands are empty: a pipe from the pool, or on with buffers.
    mutating func beginSplice(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let pipe = pipes.take(from: &io)
        guard pipe != .none else {
            counters.count(.pipesExhausted)
            direction.pointee.stayWithBuffers()
            return
        }
        counters.count(.spliceBegun)
        io.setNonBlocking(relay.pointee.client, true)
        io.setNonBlocking(relay.pointee.serverDescriptor, true)
        direction.pointee.beginSplicing(through: pipe)
    }

    /// Moves bytes until one side has no more, or others should have their turn.
    mutating func pump(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let pipe = pipes[direction.pointee.pipe]
        let (source, target) = (relay.pointee.source(of: side), relay.pointee.target(of: side))
        var moved = 0
        // Whether the source filled the pipe: only then does more follow at once, and the last bytes may
        // wait for it to fill their segment. Said of a source that pauses, it would hold them back 200 ms.
        var isMoreReady = false
        while true {
            if direction.pointee.pipedBytes > 0 {
                let count = io.splice(
                    from: pipe.reading, to: target, count: Int(direction.pointee.pipedBytes),
                    hasMore: isMoreReady)
                guard count > 0 else {
                    return outflowStopped(-count, direction, relay, handle, side)
                }
                direction.pointee.pipedBytes -= UInt32(truncatingIfNeeded: count)
                direction.pointee.passed(count)
                countDelivered(count, relay, side)
                touch(relay)
                counters.add(UInt64(count), to: .bytesSpliced)
                moved += count
                continue
            }
            if moved >= Self.pumpBytesMax { return awaitBytes(direction, relay, handle, side) }
            let count = io.splice(from: source, to: pipe.writing, count: Int(pipe.capacityBytes), hasMore: false)
            guard count > 0 else { return inflowStopped(-count, moved, direction, relay, handle, side) }
            direction.pointee.pipedBytes = UInt32(truncatingIfNeeded: count)
            touch(relay)
            isMoreReady = count == Int(pipe.capacityBytes)
        }
    }

    private mutating func outflowStopped(
        _ reason: Int, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        switch Int32(truncatingIfNeeded: reason) {
        case EAGAIN, EINTR, 0:
            direction.pointee.facts.insert(.awaitingRoom)
            io.poll(relay.pointee.target(of: side), for: .room, Token(side.roomOperation, handle))
        default:
            targetFailed(handle, relay, side)
        }
    }

    private mutating func inflowStopped(
        _ reason: Int, _ moved: Int, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        switch Int32(truncatingIfNeeded: reason) {
        case 0:
            // The end, or urgent data that splice does not pass: an ordinary receive tells which.
            leaveSplice(direction, relay)
        case EAGAIN, EINTR:
            let isChatty = direction.pointee.isChatty(after: moved)
            // A poll that keeps telling of bytes that splice does not take would go round for ever.
            if isChatty, plan.splice != .on || moved == 0 { return leaveSplice(direction, relay) }
            awaitBytes(direction, relay, handle, side)
        case EINVAL:
            // No byte has been taken: these sockets do not splice, and buffers go on where it began.
            direction.pointee.facts.insert(.unspliceable)
            leaveSplice(direction, relay)
        default:
            leaveSplice(direction, relay)
            sourceFailed(direction, relay, handle, side)
        }
    }

    private mutating func awaitBytes(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        direction.pointee.facts.insert(.awaitingBytes)
        io.poll(relay.pointee.source(of: side), for: .bytes, Token(side.bytesOperation, handle))
    }

    /// Back to buffers, with an empty pipe unless its target is gone.
    mutating func leaveSplice(
        _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>, isPipeEmpty: Bool = true
    ) {
        counters.count(.spliceEnded)
        pipes.giveBack(direction.pointee.pipe, isEmpty: isPipeEmpty, to: &io)
        direction.pointee.endSplicing()
        let isOtherSplicing =
            relay.pointee.directions.0.facts.contains(.splicing) || relay.pointee.directions.1.facts.contains(.splicing)
        if !isOtherSplicing {
            io.setNonBlocking(relay.pointee.client, false)
            io.setNonBlocking(relay.pointee.serverDescriptor, false)
        }
    }
}
