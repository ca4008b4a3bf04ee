// One direction of a simulated tunnel: what its source has said, and what its target is told of it. A strict reader,
// independent of the codecs: what does not stand among the frames that were said is a frame of the balancer's own,
// whole and between two others, or breaks a rule.

import Glibc

final class Passage {
    enum Event {
        /// A frame of the source has been told whole.
        case said(SaidFrame)
        /// One of the balancer's.
        case ownPing([UInt8])
        case ownClose(UInt16)
        case broken(String)
    }

    /// Towards the server.
    let isUp: Bool
    let isOpaque: Bool
    private(set) var said: [SaidFrame] = []
    /// The first frame that has not been told whole, and how many bytes of it have.
    private(set) var nextIndex = 0
    private(set) var doneCount = 0
    /// What has come of a control frame: whose it is, its end shows.
    private var partial: [UInt8] = []
    /// Frames of which the shard has read something.
    private(set) var readIndex = 0
    /// Nothing may follow it.
    private(set) var closeTold: UInt16?
    private(set) var isCloseOurs = false
    private(set) var isBroken = false
    /// The shard has read something of the source's close.
    private(set) var isCloseRead = false
    /// Where, in the order of moments, the shard last read a ping of the source.
    private var lastPingRead = 0
    /// The last ping of the source that the target was told.
    private(set) var lastPing: Int?
    /// Messages whose last frame was told whole.
    private(set) var messagesTold = 0
    /// Messages of whose last frame the shard has read something.
    private(set) var messagesRead = 0
    /// Bytes of the source that the target was told.
    private(set) var passedBytes = 0

    init(isUp: Bool, isOpaque: Bool) {
        self.isUp = isUp
        self.isOpaque = isOpaque
    }

    /// The target has been told only whole frames.
    var isBetween: Bool { doneCount == 0 && partial.isEmpty }

    func say(_ frame: SaidFrame) { said.append(frame) }

    /// Frames that the target still has to be told, if the shard has read so much of the source.
    func isOwed(readCount: Int) -> Bool {
        said[nextIndex...].prefix { $0.flaw == nil || isOpaque }.contains { $0.way == .passes && $0.end <= readCount }
    }

    /// Bytes that the shard has read, and could have passed on.
    func heldBytes(readCount: Int) -> Int {
        var held = -doneCount
        for frame in said[nextIndex...] {
            if frame.start >= readCount || (frame.flaw != nil && !isOpaque) { break }
            if frame.way == .passes { held += min(frame.end, readCount) - frame.start }
        }
        return held
    }

    /// Whether the shard has read a ping of the source later than that.
    func hasReadPing(behind place: Int) -> Bool { lastPingRead > place }

    /// The shard has read the source up to there: calls `body` with every frame that it has come to.
    func read(upTo count: Int, _ body: (inout SaidFrame) -> Void) {
        while readIndex < said.count, said[readIndex].start < count {
            if !said[readIndex].isControl, said[readIndex].isFinal { messagesRead += 1 }
            body(&said[readIndex])
            if said[readIndex].opcode == SaidFrame.ping { lastPingRead = said[readIndex].readPlace }
            if said[readIndex].opcode == SaidFrame.close, said[readIndex].flaw == nil { isCloseRead = true }
            readIndex += 1
        }
    }

    // MARK: - What the target is told

    /// - Parameter act: gets each event with the place behind its last byte.
    func told(_ bytes: UnsafeBufferPointer<UInt8>, _ act: (Event, Int) -> Void) {
        var place = 0
        while place < bytes.count, !isBroken {
            if isOpaque {
                take(bytes, &place, act)
            } else if closeTold != nil {
                fail("\(bytes.count - place) bytes behind a close", place, act)
            } else if doneCount > 0 || (partial.isEmpty && bytes[place] & 8 == 0) {
                if doneCount == 0 { while nextIndex < said.count, said[nextIndex].way != .passes { nextIndex += 1 } }
                take(bytes, &place, act)
            } else {
                partial.append(bytes[place])
                place += 1
                readControl(place, act)
            }
        }
    }

    private func fail(_ text: String, _ place: Int, _ act: (Event, Int) -> Void) {
        isBroken = true
        act(.broken(text), place)
    }

    /// Bytes of the frame that has its turn.
    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ act: (Event, Int) -> Void) {
        guard nextIndex < said.count else { return fail("bytes that nobody has said", place, act) }
        let frame = said[nextIndex]
        if frame.flaw != nil, !isOpaque { return fail("a frame against the rules, \(frame.flaw!)", place, act) }
        let count = min(bytes.count - place, frame.bytes.count - doneCount)
        let isSame = frame.bytes.withUnsafeBufferPointer { said in
            memcmp(said.baseAddress! + doneCount, bytes.baseAddress! + place, count) == 0
        }
        guard isSame else {
            return fail("other bytes than those of frame \(nextIndex) from offset \(doneCount), \(count) of them", place, act)
        }
        doneCount += count
        place += count
        passedBytes += count
        if doneCount == frame.bytes.count {
            doneCount = 0
            tell(nextIndex, place, act)
        }
    }

    private func tell(_ index: Int, _ place: Int, _ act: (Event, Int) -> Void) {
        let frame = said[index]
        nextIndex = index + 1
        if frame.opcode == SaidFrame.ping { lastPing = index }
        if frame.opcode == SaidFrame.close, frame.flaw == nil { closeTold = frame.closeCode }
        if !frame.isControl, frame.isFinal { messagesTold += 1 }
        act(.said(frame), place)
    }

    /// What may be a whole control frame.
    private func readControl(_ place: Int, _ act: (Event, Int) -> Void) {
        guard partial.count >= 2 else { return }
        let isMasked = partial[1] & 0x80 != 0
        let payloadCount = Int(partial[1] & 0x7f)
        guard partial[0] & 0x80 != 0 else { return fail("a control frame in fragments", place, act) }
        guard payloadCount < 126 else { return fail("a control frame that is too long", place, act) }
        guard isMasked == isUp else { return fail("a control frame \(isMasked ? "with" : "without") a mask", place, act) }
        let headCount = isMasked ? 6 : 2
        guard partial.count == headCount + payloadCount else { return }
        let whole = partial
        partial = []
        if let index = indexOfSaid(whole) {
            guard said[index].way != .swallowed else { return fail("a pong that answers the balancer", place, act) }
            guard said[index].flaw == nil else { return fail("a frame against the rules, \(said[index].flaw!)", place, act) }
            passedBytes += whole.count
            return tell(index, place, act)
        }
        var payload = Array(whole[headCount...])
        if isMasked { for index in payload.indices { payload[index] ^= whole[2 + index % 4] } }
        readOwn(whole[0], payload, place, act)
    }

    /// Among the frames that may be next.
    private func indexOfSaid(_ bytes: [UInt8]) -> Int? {
        var swallowed: Int?
        for index in nextIndex..<said.count {
            if said[index].bytes == bytes {
                guard said[index].way == .swallowed else { return index }
                swallowed = index
            }
            if said[index].way == .passes { break }
        }
        return swallowed
    }

    private func readOwn(_ first: UInt8, _ payload: [UInt8], _ place: Int, _ act: (Event, Int) -> Void) {
        switch first {
        case 0x89:
            guard payload.count == 8 else { return fail("a ping of \(payload.count) bytes that nobody has said", place, act) }
            act(.ownPing(payload), place)
        case 0x88:
            guard payload.count == 2 else { return fail("a close of \(payload.count) bytes that nobody has said", place, act) }
            closeTold = UInt16(payload[0]) << 8 | UInt16(payload[1])
            isCloseOurs = true
            act(.ownClose(closeTold!), place)
        default: fail("a frame that nobody has said, \(first)", place, act)
        }
    }
}
