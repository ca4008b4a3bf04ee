// The judge of frames itself, on its own: what it lets pass, and what it does not.

import Testing

@Suite struct PassageTests {
    /// What is found, with bytes told in pieces of `step`.
    private static func find(_ said: [SaidFrame], _ told: [UInt8], isUp: Bool, step: Int) -> (own: Int, said: Int, fault: String?) {
        let passage = Passage(isUp: isUp, isOpaque: false)
        for frame in said { passage.say(frame) }
        var (own, whole) = (0, 0)
        var fault: String?
        for start in stride(from: 0, to: told.count, by: step) {
            Array(told[start..<min(start + step, told.count)]).withUnsafeBufferPointer { bytes in
                passage.told(bytes) { event, _ in
                    switch event {
                    case .said: whole += 1
                    case .ownPing, .ownClose: own += 1
                    case .broken(let text): fault = fault ?? text
                    }
                }
            }
        }
        return (own, whole, fault)
    }

    private static func frames(isMasked: Bool) -> [SaidFrame] {
        var chance = Chance(seed: 8)
        var answer = SaidFrame.control(SaidFrame.pong, [UInt8](repeating: 7, count: 8), isMasked: isMasked, &chance)
        answer.way = .swallowed
        return [
            .data(1, isFinal: false, reserved: 4, stream: 3, count: 130, isMasked: isMasked, &chance), answer,
            .control(SaidFrame.ping, [1, 2, 3], isMasked: isMasked, &chance),
            .data(0, isFinal: true, reserved: 0, stream: 4, count: 20, isMasked: isMasked, &chance),
            .close(1_000, reason: [65], isMasked: isMasked, &chance),
        ]
    }

    private static func own(_ opcode: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        var chance = Chance(seed: 9)
        return SaidFrame.control(opcode, payload, isMasked: isMasked, &chance).bytes
    }

    @Test("what was said passes in any pieces, with pings between its frames", arguments: [true, false], [1, 2, 7, 1_000])
    func passes(isUp: Bool, step: Int) {
        let said = Self.frames(isMasked: isUp)
        let ping = Self.own(SaidFrame.ping, [UInt8](repeating: 1, count: 8), isMasked: isUp)
        let told = said[0].bytes + ping + said[2].bytes + ping + said[3].bytes + said[4].bytes
        #expect(Self.find(said, told, isUp: isUp, step: step) == (2, 4, nil))
    }

    @Test("a ping is found at every place where none may stand", arguments: [true, false])
    func misplaced(isUp: Bool) {
        let said = Self.frames(isMasked: isUp)
        let bytes = [0, 2, 3, 4].flatMap { said[$0].bytes }
        let ends = [0, 2, 3].reduce(into: [0]) { $0.append($0.last! + said[$1].bytes.count) }
        let ping = Self.own(SaidFrame.ping, [UInt8](repeating: 1, count: 8), isMasked: isUp)
        for place in 0...bytes.count {
            let told = Array(bytes[..<place]) + ping + Array(bytes[place...])
            let fault = Self.find(said, told, isUp: isUp, step: 5).fault
            #expect((fault == nil) == ends.contains(place), "at \(place): \(fault ?? "nothing")")
        }
    }

    @Test("bytes that are lost, changed or said twice are found, wherever they are", arguments: [true, false])
    func changed(isUp: Bool) {
        let said = Self.frames(isMasked: isUp)
        let bytes = [0, 2, 3, 4].flatMap { said[$0].bytes }
        for place in bytes.indices {
            var (lost, other, twice) = (bytes, bytes, bytes)
            lost.remove(at: place)
            other[place] ^= 1
            twice.insert(bytes[place] ^ 0x80, at: place)
            for told in [lost, other, twice] {
                let found = Self.find(said, told, isUp: isUp, step: 1_000)
                // What is missing at the end shows by what was not told.
                #expect(found.fault != nil || found.said < 4, "at \(place)")
            }
        }
    }

    @Test("frames that nobody may say are found", arguments: [true, false])
    func invented(isUp: Bool) {
        let said = Self.frames(isMasked: isUp)
        let wrong: [[UInt8]] = [
            said[1].bytes, Self.own(SaidFrame.pong, [1], isMasked: isUp), Self.own(SaidFrame.ping, [1], isMasked: isUp),
            Self.own(SaidFrame.ping, [UInt8](repeating: 1, count: 8), isMasked: !isUp),
            Self.own(SaidFrame.close, [], isMasked: isUp), Self.own(SaidFrame.close, [3, 232, 65], isMasked: isUp),
        ]
        for bytes in wrong { #expect(Self.find(said, said[0].bytes + bytes, isUp: isUp, step: 3).fault != nil) }
        let close = Self.own(SaidFrame.close, [3, 232], isMasked: isUp)
        #expect(Self.find(said, close, isUp: isUp, step: 3) == (1, 0, nil))
        #expect(Self.find(said, close + said[0].bytes, isUp: isUp, step: 3).fault != nil)
    }
}
