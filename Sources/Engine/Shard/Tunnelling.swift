// Bytes of a WebSocket through a relay: heads of frames are read, payloads go on where they are. Pongs that answer
// our pings stay here, and closes are the last that goes on.

internal import Codecs
internal import Glibc

extension Shard where IO: ~Copyable {
    /// Bytes have come from the source of a direction of a tunnel whose frames are read.
    @inline(__always)
    mutating func passFrames(
        _ completion: Completion, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        noteHeard(tunnel, side)
        if tunnel.pointee.facts.contains(side.closed) { return hear(completion, handle, relay, side) }
        if let scratch = completion.scratch {
            let bytes = UnsafeRawBufferPointer(start: scratch, count: Int(completion.result))
            let reading = tunnel.reader(side).pointee.read(bytes)
            if isPlain(reading, bytes.count) {
                sendFromScratch(bytes, direction, relay, handle, side)
                return writeDueCloses(handle, relay, tunnel)
            }
            return passScratch(bytes, reading, direction, relay, handle, side)
        }
        let piece = completion.chain.firstPiece(in: io.buffers)
        let reading = tunnel.reader(side).pointee.read(piece)
        guard piece.count == completion.chain.count, isPlain(reading, piece.count) else {
            return passPieces(completion.chain, reading, direction, relay, handle, side)
        }
        if !direction.pointee.received(completion.chain, in: io.buffers) { counters.count(.spillExhausted) }
        writeDueCloses(handle, relay, tunnel)
    }

    /// A frame that a close of ours waits for may have come to its end.
    @inline(__always)
    private mutating func writeDueCloses(
        _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>
    ) {
        if !tunnel.pointee.facts.isDisjoint(with: [.closesToClient, .closesToServer]) { writeCloses(handle, relay, tunnel) }
    }

    /// Bytes that came before the tunnel stood.
    mutating func passFrames(
        _ chain: BufferQueue, _ direction: UnsafeMutablePointer<RelayDirection>, _ relay: UnsafeMutablePointer<Relay>,
        _ handle: Handle, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        let reading = tunnel.reader(side).pointee.read(chain.firstPiece(in: io.buffers))
        passPieces(chain, reading, direction, relay, handle, side)
    }

    /// Nothing goes on in this direction any more: what still comes is only looked at for the source's close.
    private mutating func hear(
        _ completion: Completion, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        if let scratch = completion.scratch {
            hear(UnsafeRawBufferPointer(start: scratch, count: Int(completion.result)), tunnel, side)
        }
        var rest = completion.chain
        while !rest.isEmpty {
            let piece = rest.firstPiece(in: io.buffers)
            hear(piece, tunnel, side)
            rest.consume(piece.count, in: io.buffers)
        }
        if isOverByUs(relay, tunnel) { lookSoon(handle) }
    }

    private func hear(_ bytes: UnsafeRawBufferPointer, _ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side) {
        let reader = tunnel.reader(side)
        var memory: InlineArray<16, UInt8> = .init(repeating: 0)
        var place = 0
        while place < bytes.count {
            let reading = reader.pointee.read(UnsafeRawBufferPointer(rebasing: bytes[place...]))
            if reading.releases { _ = withUnsafeMutableBytes(of: &memory) { reader.pointee.takeReleased(into: $0) } }
            place += reading.consumed
            switch reading.event {
            case .none, .ping, .pong(payload: nil): break
            case .pong: reader.pointee.dropControl()
            case .close:
                tunnel.pointee.facts.insert(side.sourceClosed)
                reader.pointee.dropControl()
            case .malformed: return
            }
        }
    }

    /// All of the bytes go on, and nothing in them concerns us.
    @inline(__always)
    private func isPlain(_ reading: Reading, _ count: Int) -> Bool {
        reading.event == .none && reading.passed == count && !reading.releases
    }

    @inline(__always)
    private func noteHeard(_ tunnel: UnsafeMutablePointer<Tunnel>, _ side: Side) {
        let now = Tick(nanoseconds: io.now)
        if side == .up { tunnel.pointee.clientHeard = now } else { tunnel.pointee.serverHeard = now }
    }

    /// The way of bytes in which something is held back, swallowed or seen.
    ///
    /// - Parameter first: what the reader has said of the first piece already.
    private mutating func passPieces(
        _ chain: BufferQueue, _ first: Reading, _ direction: UnsafeMutablePointer<RelayDirection>,
        _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        let reader = tunnel.reader(side)
        let pool = io.buffers
        var (rest, out) = (chain, BufferQueue())
        var said: Reading? = first
        // Of the first piece of `rest`, so many bytes have been looked at and go on.
        var kept = 0
        var isWhole = true
        while isWhole, !rest.isEmpty, !tunnel.pointee.facts.contains(side.closed) {
            let piece = rest.firstPiece(in: pool)
            if kept == piece.count {
                isWhole = rest.move(kept, to: &out, in: pool)
                kept = 0
                continue
            }
            let reading = said ?? reader.pointee.read(UnsafeRawBufferPointer(rebasing: piece[kept...]))
            said = nil
            if reading.releases {
                isWhole = rest.move(kept, to: &out, in: pool) && appendReleased(reader, &out)
                kept = 0
            }
            kept += reading.passed
            let gap = reading.consumed - reading.passed
            if isWhole, gap > 0 {
                let end = rest.firstPiece(in: pool).count
                if kept + gap == end, kept > 0 {
                    rest.cutFirst(to: kept, in: pool)
                } else {
                    isWhole = rest.move(kept, to: &out, in: pool)
                    if isWhole { rest.consume(gap, in: pool) }
                    kept = 0
                }
            }
            guard isWhole, reading.event != .none else { continue }
            if act(reading.event, handle, relay, tunnel, side) {
                isWhole = rest.move(kept, to: &out, in: pool) && appendReleased(reader, &out)
                kept = 0
            }
        }
        rest.discard(in: pool)
        passOn(out, isWhole: isWhole, direction, relay, handle, side)
    }

    /// The same for bytes that the engine does not keep: what goes on is copied.
    private mutating func passScratch(
        _ bytes: UnsafeRawBufferPointer, _ first: Reading, _ direction: UnsafeMutablePointer<RelayDirection>,
        _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        let reader = tunnel.reader(side)
        let pool = io.buffers
        var (rest, out) = (bytes, BufferQueue())
        var said: Reading? = first
        var isWhole = true
        while isWhole, !rest.isEmpty, !tunnel.pointee.facts.contains(side.closed) {
            let reading = said ?? reader.pointee.read(rest)
            said = nil
            if reading.releases { isWhole = appendReleased(reader, &out) }
            isWhole = isWhole && out.appendCopy(of: UnsafeRawBufferPointer(rebasing: rest[..<reading.passed]), in: pool)
            rest = UnsafeRawBufferPointer(rebasing: rest[reading.consumed...])
            guard isWhole, reading.event != .none else { continue }
            if act(reading.event, handle, relay, tunnel, side) { isWhole = appendReleased(reader, &out) }
        }
        passOn(out, isWhole: isWhole, direction, relay, handle, side)
    }

    /// - Parameter isWhole: there was memory for all of `out`.
    private mutating func passOn(
        _ out: BufferQueue, isWhole: Bool, _ direction: UnsafeMutablePointer<RelayDirection>,
        _ relay: UnsafeMutablePointer<Relay>, _ handle: Handle, _ side: Side
    ) {
        let tunnel = http.tunnels + Int(handle.slot)
        let pool = io.buffers
        guard isWhole else {
            // Bytes that are in no memory cannot be sent later: the connection ends, visibly cut.
            discard(out)
            counters.count(.spillExhausted)
            return end(handle, relay, .resourcesShort, isAbrupt: true)
        }
        if !out.isEmpty, !direction.pointee.received(out, in: pool) { counters.count(.spillExhausted) }
        // Not before: a close of ours goes behind what came before it.
        advanceClosing(handle, relay, tunnel)
    }

    /// What the reader has held back goes on.
    private func appendReleased(_ reader: UnsafeMutablePointer<FrameReader>, _ out: inout BufferQueue) -> Bool {
        var memory: InlineArray<16, UInt8> = .init(repeating: 0)
        let pool = io.buffers
        return withUnsafeMutableBytes(of: &memory) { memory in
            let count = reader.pointee.takeReleased(into: memory)
            return count == 0 || out.appendHead(UnsafeRawBufferPointer(rebasing: memory[..<count]), in: pool)
        }
    }

    /// Acts on what a frame says. Answers whether what the reader holds of it goes on now.
    private mutating func act(
        _ event: Reading.Event, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>, _ tunnel: UnsafeMutablePointer<Tunnel>,
        _ side: Side
    ) -> Bool {
        switch event {
        case .none: return false
        case .ping:
            tunnel.pointee.facts.insert(side.sourcePings)
            return false
        case .pong(let payload):
            // Only who was told it can say it: a second time as well.
            if payload == tunnel.pointee.nonce {
                tunnel.pointee.facts.subtract([side.pingsSource, side.sourceBacklog])
                tunnel.reader(side).pointee.dropControl()
                scheduleIdleTimer(handle, relay)
                return false
            }
            // Of several pings only the last has to be answered (RFC 6455 section 5.5.3): an answer to the other peer's,
            // which came behind ours, is one to ours.
            if tunnel.pointee.facts.contains(side.opposite.sourcePings) {
                tunnel.pointee.facts.subtract([side.opposite.sourcePings, side.pingsSource, side.sourceBacklog])
                scheduleIdleTimer(handle, relay)
            }
            guard payload != nil else { return false }
            tunnel.reader(side).pointee.passControl()
            return true
        case .close(let code):
            tunnel.pointee.facts.insert(side.sourceClosed)
            tunnel.pointee.noteClose(code, by: side == .up ? .client : .server)
            tunnel.reader(side).pointee.passControl()
            // Whoever has said its last answers no ping.
            tunnel.pointee.facts.subtract([side.pingsSource, side.sourceBacklog])
            if tunnel.pointee.facts.contains(.closing) || tunnel.pointee.facts.contains(side.opposite.sourceClosed) {
                bothClosed(handle, tunnel)
            } else {
                scheduleIdleTimer(handle, relay)
            }
            return true
        case .malformed(let fault):
            violated(fault, handle, relay, tunnel, side)
            return false
        }
    }
}
