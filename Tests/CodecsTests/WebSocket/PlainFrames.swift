// A second follower of frames, written to be plainly right: it has all of the bytes, and takes them apart one by
// one. It takes no part of the reader's way, so that both are not wrong together.

import Codecs

/// What becomes of a direction's bytes.
struct PlainFrames: Equatable {
    var output: [UInt8] = []
    var events: [Reading.Event] = []
    var messages: UInt64 = 0
    /// The places in `output` where another frame may be put.
    var boundaries: Set<Int> = [0]

    /// - Parameter passes: whether a close or a pong that is held goes on.
    init(
        _ bytes: [UInt8], from sender: FrameReader.Sender, frameBytesMax: UInt64 = 0,
        passes: (Reading.Event) -> Bool = { _ in true }
    ) {
        var rest = bytes
        while rest.count >= 2 {
            if let fault = Self.startFault(rest, from: sender) {
                events.append(.malformed(fault))
                return
            }
            let headCount = 2 + [126: 2, 127: 8][rest[1] % 128, default: 0] + (sender == .client ? 4 : 0)
            guard rest.count >= headCount else { return }
            let written = rest[2..<headCount].dropLast(sender == .client ? 4 : 0)
            let length = written.isEmpty ? UInt64(rest[1] % 128) : written.reduce(0) { $0 * 256 + UInt64($1) }
            if let fault = Self.lengthFault(rest, written.count, length, frameBytesMax) {
                events.append(.malformed(fault))
                return
            }
            let frameCount = length > UInt64(Int.max - 14) ? Int.max : headCount + Int(length)
            if rest[0] % 16 < 8, rest[0] >= 128 { messages += 1 }
            let key = sender == .client ? Array(rest[headCount - 4..<headCount]) : [0, 0, 0, 0]
            let payload = rest[headCount..<min(frameCount, rest.count)].enumerated().map { $1 ^ key[$0 % 4] }
            var isPassed = true
            switch rest[0] % 16 {
            case 8:
                guard length == 0 || payload.count >= 2 else { return }
                events.append(.close(code: length == 0 ? 1005 : UInt16(payload[0]) * 256 + UInt16(payload[1])))
                isPassed = passes(events.last!)
            case 9: events.append(.ping)
            case 10 where length == 8:
                guard payload.count == 8 else { return }
                events.append(.pong(payload: payload.reduce(0) { $0 * 256 + UInt64($1) }))
                isPassed = passes(events.last!)
            case 10: events.append(.pong(payload: nil))
            default: break
            }
            if isPassed { output += rest.prefix(frameCount) }
            if isPassed, rest.count >= frameCount { boundaries.insert(output.count) }
            if rest.count < frameCount || rest[0] % 16 == 8 { return }
            rest = Array(rest.dropFirst(frameCount))
        }
    }

    private static func startFault(_ bytes: [UInt8], from sender: FrameReader.Sender) -> FrameFault? {
        let isMasked = bytes[1] >= 128
        if sender == .client && !isMasked { return .unmasked }
        if sender == .server && isMasked { return .masked }
        let isControl = bytes[0] % 16 >= 8
        if isControl && bytes[0] < 128 { return .fragmentedControl }
        if isControl && bytes[1] % 128 >= 126 { return .controlTooLong }
        return bytes[0] % 16 == 8 && bytes[1] % 128 == 1 ? .closeTooShort : nil
    }

    private static func lengthFault(_ bytes: [UInt8], _ lengthBytes: Int, _ length: UInt64, _ max: UInt64) -> FrameFault? {
        if length > UInt64(Int64.max) { return .lengthTooLarge }
        if lengthBytes == 2 && length < 126 || lengthBytes == 8 && length < 65_536 { return .lengthNotMinimal }
        return bytes[0] % 16 < 8 && max > 0 && length > max ? .frameTooLarge : nil
    }
}
