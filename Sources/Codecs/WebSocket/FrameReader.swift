// Follows the frames of one direction of a WebSocket over any split of its bytes, and lets them pass by reference.
// Knows RFC 6455 section 5. Knows nothing of sockets, of the other direction, or of what is answered.

/// A plain value of 48 bytes. It holds back an unfinished head, a close with its code and a pong of eight bytes:
/// so another frame can be put wherever `isBetweenFrames` holds, and nothing follows a close.
public struct FrameReader: BitwiseCopyable, Sendable {
    public enum Sender: BitwiseCopyable, Sendable { case client, server }

    enum State: UInt8 {
        case frames
        /// A close or a pong is held whole, and nobody has decided yet.
        case awaiting
        /// What is left of a close frame passes.
        case closing
        case closed
        case refused
    }

    /// Of what is held: a head of 2 bytes, 8 of length and 4 of mask; or 2, 4 of mask, and a pong's 8.
    public static let heldBytesMax = FrameHead.bytesMax

    /// What is still to come of the payload of a frame that passes.
    private var remaining: UInt64 = 0
    /// Data frames with FIN whose head has passed: the messages, whole or about to be.
    public private(set) var messages: UInt64 = 0
    private let frameBytesMax: UInt64
    private var held = InlineArray<14, UInt8>(repeating: 0)
    private var heldCount: UInt8 = 0
    /// What is held goes on.
    private var isReleased = false
    private var state = State.frames
    private var fault = FrameFault.unmasked
    /// As it has to be in each frame's second byte.
    private let maskBit: UInt8

    /// - Parameter frameBytesMax: of the payload of one data frame; 0 for any.
    public init(sender: Sender, frameBytesMax: UInt64) {
        maskBit = sender == .client ? FrameHead.mask : 0
        self.frameBytesMax = frameBytesMax == 0 ? .max : frameBytesMax
    }

    /// Whether nothing of an unfinished frame has been passed on.
    public var isBetweenFrames: Bool { remaining == 0 }

    /// Whether a close has been passed on or dropped: all that follows is swallowed.
    public var hasClosed: Bool { state == .closing || state == .closed }

    /// Looks at bytes as they come. Until a held close or pong is decided, the answer is that event once more and
    /// nothing is consumed.
    ///
    /// - Parameter bytes: those that follow the ones consumed before; never none.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        // Bytes have no alignment, and the caller lends all of them.
        let span = unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        if state == .frames, heldCount == 0 || isReleased { return readFrames(span, from: 0) }
        return readOther(span)
    }

    /// What is held whole goes on: `takeReleased` gives it. After a close the rest of its frame passes, and no more.
    public mutating func passControl() {
        assert(state == .awaiting, "a control frame is held")
        guard state == .awaiting else { return }
        isReleased = true
        guard held[0] & 0xf == FrameHead.close else {
            state = .frames
            return
        }
        let payloadBytes = UInt64(held[1] & ~FrameHead.mask)
        remaining = payloadBytes < 2 ? 0 : payloadBytes - 2
        state = remaining > 0 ? .closing : .closed
    }

    /// What is held whole never goes on. After a close nothing does.
    public mutating func dropControl() {
        assert(state == .awaiting, "a control frame is held")
        guard state == .awaiting else { return }
        state = held[0] & 0xf == FrameHead.close ? .closed : .frames
        heldCount = 0
    }

    /// Gives what is released, once.
    ///
    /// - Parameter buffer: has room for `heldBytesMax`.
    /// - Returns: how many bytes were written to its beginning.
    public mutating func takeReleased(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard isReleased else { return 0 }
        let count = Int(heldCount)
        precondition(buffer.count >= count, "there is room for what is released")
        // Just checked.
        for index in 0..<count { unsafe buffer[index] = held[index] }
        heldCount = 0
        isReleased = false
        return count
    }

    /// From `start` on, with nothing held but what is released: all before `start` passes.
    @inline(__always)
    private mutating func readFrames(_ bytes: Span<UInt8>, from start: Int) -> Reading {
        let headBytes = 2 &+ Int(maskBit >> 5)
        var place = start
        while place < bytes.count {
            let left = UInt64(truncatingIfNeeded: bytes.count &- place)
            guard remaining < left else {
                remaining &-= left
                break
            }
            place &+= Int(truncatingIfNeeded: remaining)
            remaining = 0
            if passShortHead(bytes, at: &place, headBytes: headBytes) { continue }
            if let reading = readOtherHead(bytes, at: &place) { return reading }
        }
        return Reading(releases: isReleased, passed: bytes.count, consumed: bytes.count)
    }

    /// The head of a data frame of up to 65,535 bytes, as nearly all are: known by a few comparisons.
    ///
    /// - Parameter headBytes: of the shortest head.
    /// - Returns: whether it passes, and `place` is behind it.
    @inline(__always)
    private mutating func passShortHead(_ bytes: Span<UInt8>, at place: inout Int, headBytes: Int) -> Bool {
        let left = bytes.count &- place
        guard left >= headBytes else { return false }
        // This place and the next are within the bytes.
        let (first, second) = unsafe (bytes[unchecked: place], bytes[unchecked: place &+ 1])
        // Above 127 where the mask is not what it has to be.
        var payloadBytes = UInt64(second ^ maskBit)
        var lengthBytes = 0
        if payloadBytes == 126, left >= headBytes &+ 2 {
            // The two behind them are, too.
            let (high, low) = unsafe (bytes[unchecked: place &+ 2], bytes[unchecked: place &+ 3])
            payloadBytes = UInt64(high) << 8 | UInt64(low)
            guard payloadBytes > FrameHead.shortPayloadBytesMax else { return false }
            lengthBytes = 2
        } else if payloadBytes > FrameHead.shortPayloadBytesMax {
            return false
        }
        guard first & FrameHead.control == 0, payloadBytes <= frameBytesMax else { return false }
        messages &+= UInt64(first >> 7)
        remaining = payloadBytes
        place &+= headBytes &+ lengthBytes
        return true
    }

    /// The head of a long frame or of a control frame, one that is cut, or none.
    ///
    /// - Returns: `nil` where its frame passes and nobody needs to know: `place` is behind the head then.
    @inline(never)
    private mutating func readOtherHead(_ bytes: Span<UInt8>, at place: inout Int) -> Reading? {
        switch FrameHead.parse(bytes, from: place, maskBit: maskBit, frameBytesMax: frameBytesMax) {
        case .malformed(let fault): return refuse(fault, passed: place, consumed: bytes.count)
        case .short: return hold(bytes, from: place, byteCount: bytes.count - place, isWhole: false)
        case .whole(let head):
            let heldBytes = head.heldBytes
            if heldBytes > 0 {
                let left = bytes.count - place
                return hold(bytes, from: place, byteCount: min(heldBytes, left), isWhole: heldBytes <= left)
            }
            let event = pass(head)
            place += head.byteCount
            return event == .none ? nil : readPayload(bytes, from: place, event: event)
        }
    }

    /// - Parameter byteCount: at most `heldBytesMax`; all that was held before has been taken, or goes first.
    private mutating func hold(_ bytes: Span<UInt8>, from place: Int, byteCount: Int, isWhole: Bool) -> Reading {
        // What is released has to leave first: the caller comes back with the rest.
        guard !isReleased else { return Reading(releases: true, passed: place, consumed: place) }
        for index in 0..<byteCount { held[index] = bytes[place + index] }
        heldCount = UInt8(byteCount)
        if isWhole { state = .awaiting }
        let event = isWhole ? heldEvent : .none
        return Reading(releases: false, passed: place, consumed: place + byteCount, event: event)
    }

    /// A frame's head passes, and its payload will.
    private mutating func pass(_ head: FrameHead) -> Reading.Event {
        remaining = head.payloadBytes
        if !head.isControl, head.isFinal { messages &+= 1 }
        switch head.opcode {
        case FrameHead.ping: return .ping
        case FrameHead.pong: return .pong(payload: nil)
        default: return .none
        }
    }

    /// As much of a payload as there is, up to its end.
    private mutating func readPayload(_ bytes: Span<UInt8>, from place: Int, event: Reading.Event) -> Reading {
        let count = Int(min(remaining, UInt64(bytes.count - place)))
        remaining -= UInt64(count)
        return Reading(releases: isReleased, passed: place + count, consumed: place + count, event: event)
    }

    private mutating func refuse(_ fault: FrameFault, passed: Int, consumed: Int) -> Reading {
        state = .refused
        self.fault = fault
        if !isReleased { heldCount = 0 }
        return Reading(releases: isReleased, passed: passed, consumed: consumed, event: .malformed(fault))
    }

    @inline(never)
    private mutating func readOther(_ bytes: Span<UInt8>) -> Reading {
        switch state {
        case .frames: return readHeld(bytes)
        case .awaiting: return Reading(releases: false, passed: 0, consumed: 0, event: heldEvent)
        case .closing:
            let count = Int(min(remaining, UInt64(bytes.count)))
            remaining -= UInt64(count)
            if remaining == 0 { state = .closed }
            return Reading(releases: isReleased, passed: count, consumed: bytes.count)
        case .closed: return Reading(releases: isReleased, passed: 0, consumed: bytes.count)
        case .refused: return refuse(fault, passed: 0, consumed: bytes.count)
        }
    }

    /// What is held is not enough: bytes are added one by one, as heads are seldom cut.
    private mutating func readHeld(_ bytes: Span<UInt8>) -> Reading {
        let countBefore = heldCount
        var place = 0
        while true {
            switch heldHead {
            case .malformed(let fault): return refuse(fault, passed: 0, consumed: bytes.count)
            case .short: break
            case .whole(let head) where head.heldBytes == 0:
                // The part that came now passes by reference.
                heldCount = countBefore
                isReleased = true
                let event = pass(head)
                return event == .none ? readFrames(bytes, from: place) : readPayload(bytes, from: place, event: event)
            case .whole(let head) where head.heldBytes <= Int(heldCount):
                state = .awaiting
                return Reading(releases: false, passed: 0, consumed: place, event: heldEvent)
            case .whole: break
            }
            guard place < bytes.count else { return Reading(releases: false, passed: 0, consumed: place) }
            held[Int(heldCount)] = bytes[place]
            heldCount += 1
            place += 1
        }
    }

    private var heldHead: FrameHead.Outcome {
        let bytes = held.span.extracting(0..<Int(heldCount))
        return FrameHead.parse(bytes, from: 0, maskBit: maskBit, frameBytesMax: frameBytesMax)
    }

    /// Of the close or the pong that is held whole.
    private var heldEvent: Reading.Event {
        if held[0] & 0xf == FrameHead.close {
            guard held[1] & ~FrameHead.mask > 0 else { return .close(code: 1005) }
            return .close(code: UInt16(heldPayload(0)) << 8 | UInt16(heldPayload(1)))
        }
        var payload: UInt64 = 0
        for index in 0..<8 { payload = payload << 8 | UInt64(heldPayload(index)) }
        return .pong(payload: payload)
    }

    /// A byte of the payload of a control frame that is held, without its mask.
    private func heldPayload(_ index: Int) -> UInt8 {
        maskBit == 0 ? held[2 + index] : held[6 + index] ^ held[2 + index % 4]
    }
}
