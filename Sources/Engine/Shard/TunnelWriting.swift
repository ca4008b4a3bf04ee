// Control frames of ours that go through a tunnel: put in between two frames of a peer's, behind what is on its way.

internal import Codecs

extension Shard where IO: ~Copyable {
    /// Writes a control frame of ours behind what is on its way to the target of `side`, where that ends with a frame.
    /// Answers `false` where there is no memory for it.
    mutating func writeControl(
        _ opcode: ControlFrame.Opcode, _ payload: UnsafeRawBufferPointer, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>,
        _ side: Side
    ) -> Bool {
        // Whoever is a server's client masks its frames (RFC 6455 section 5.3).
        let mask = side == .up ? UInt32(truncatingIfNeeded: io.random()) : nil
        let direction = relay.direction(side)
        let pool = io.buffers
        var memory: InlineArray<32, UInt8> = .init(repeating: 0)
        let isWritten = withUnsafeMutableBytes(of: &memory) { memory in
            let count = ControlFrame.write(opcode: opcode, payload: payload, mask: mask, into: memory)
            return direction.pointee.queue.appendHead(UnsafeRawBufferPointer(rebasing: memory[..<count]), in: pool)
        }
        if isWritten { list(direction, handle, side) } else { counters.count(.spillExhausted) }
        return isWritten
    }

    /// Whether a frame of ours may be put in on the way to the target of `side`.
    func mayWrite(_ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side) -> Bool {
        !relay.direction(side).pointee.isFinished && !tunnel.pointee.facts.contains(side.closed)
            && tunnel.reader(side).pointee.isBetweenFrames
            && !tunnel.pointee.facts.contains(side.sourceClosed)
    }

    /// Writes those closes that wait for the end of a frame which has come.
    mutating func writeCloses(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>) {
        writeClose(handle, relay, tunnel, .down, tunnel.pointee.codeToClient)
        writeClose(handle, relay, tunnel, .up, tunnel.pointee.codeToServer)
    }

    private mutating func writeClose(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side,
        _ code: UInt16
    ) {
        guard tunnel.pointee.facts.contains(side.closes), relay.pointee.phase == .established else { return }
        // A close of the source or of ours has gone there already, or the end: nothing may follow it.
        if !tunnel.pointee.facts.isDisjoint(with: [side.sourceClosed, side.closed]) || relay.direction(side).pointee.isFinished {
            return tunnel.pointee.facts.subtract(side.closes)
        }
        guard tunnel.reader(side).pointee.isBetweenFrames else { return }
        tunnel.pointee.facts.remove(side.closes)
        tunnel.pointee.facts.insert(side.closed)
        let bytes = (UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code))
        let isWritten = withUnsafeBytes(of: bytes) { writeControl(.close, $0, handle, relay, side) }
        guard isWritten else { return end(handle, relay, .resourcesShort, isAbrupt: true) }
        // From now on it is on the peers to answer.
        tunnel.pointee.closingUntil = Tick(nanoseconds: io.now).after(milliseconds: Tunnel.closePatienceMilliseconds)
        scheduleIdleTimer(handle, relay)
    }
}
