// Control frames of our own: the examples of RFC 6455, and that a reader takes them for what they are.

import Codecs
import Testing

@Suite("A control frame that is written")
struct ControlFrameTests {
    private static func frame(_ opcode: ControlFrame.Opcode, _ payload: [UInt8], mask: UInt32?, room: Int = 131) -> [UInt8] {
        withGuardedBuffer(byteCount: room) { buffer in
            let count = payload.withUnsafeBytes { ControlFrame.write(opcode: opcode, payload: $0, mask: mask, into: buffer) }
            return Array(buffer.prefix(count))
        }
    }

    @Test("is that of RFC 6455 section 5.7")
    func examples() {
        let hello = Array("Hello".utf8)
        #expect(Self.frame(.ping, hello, mask: nil) == [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        #expect(
            Self.frame(.pong, hello, mask: 0x37fa_213d) == [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
        #expect(Self.frame(.close, [], mask: nil) == [0x88, 0x00])
        #expect(Self.frame(.close, [], mask: 1) == [0x88, 0x80, 0, 0, 0, 1])
    }

    @Test("is as the tests write it, whatever its length", arguments: [0, 1, 2, 3, 4, 7, 8, 9, 124, 125])
    func lengths(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
        for (opcode, number) in [(.close, 8), (.ping, 9), (.pong, 10)] as [(ControlFrame.Opcode, UInt8)] {
            let frame = FrameBytes(opcode: number, payload: payload)
            #expect(Self.frame(opcode, payload, mask: nil) == frame.bytes(from: .server))
            #expect(Self.frame(opcode, payload, mask: 0x37fa_213d) == frame.bytes(from: .client))
        }
    }

    @Test("is whole or not at all")
    func room() {
        let payload = [UInt8](repeating: 1, count: 125)
        #expect(Self.frame(.ping, payload, mask: 7, room: 131).count == ControlFrame.bytesMax)
        #expect(Self.frame(.ping, payload, mask: 7, room: 130).isEmpty)
        #expect(
            Self.frame(.ping, payload, mask: nil, room: 127).count == 127
                && Self.frame(.ping, payload, mask: nil, room: 126).isEmpty)
        #expect(Self.frame(.close, [], mask: nil, room: 2).count == 2 && Self.frame(.close, [], mask: nil, room: 1).isEmpty)
        #expect(Self.frame(.close, [], mask: nil, room: 0).isEmpty)
    }

    @Test("a close has its code, and a pong to our ping its number", arguments: [nil, 0, 0x0102_0304, .max] as [UInt32?])
    func understood(mask: UInt32?) {
        let sender: FrameReader.Sender = mask == nil ? .server : .client
        for code in [1000, 1001, 1002, 1009, 1012, 1014, 4999] as [UInt16] {
            let bytes = withGuardedBuffer(byteCount: mask == nil ? 4 : 8) { room in
                Array(room.prefix(ControlFrame.writeClose(code: code, mask: mask, into: room)))
            }
            let passage = Passage([bytes], from: sender)
            #expect(passage.events == [.close(code: code)] && passage.output == bytes)
            let payload = withUnsafeBytes(of: ControlFrame.closePayload(code)) { Array($0) }
            #expect(Self.frame(.close, payload, mask: mask) == bytes)
        }
        for number in [0, 1, 0x0102_0304_0506_0708, .max] as [UInt64] {
            var bytes = withGuardedBuffer(byteCount: mask == nil ? 10 : 14) { room in
                Array(room.prefix(ControlFrame.writePing(number, mask: mask, into: room)))
            }
            #expect(Passage([bytes], from: sender).events == [.ping])
            // The answer has the same payload.
            bytes[0] += 1
            #expect(Passage([bytes], from: sender).events == [.pong(payload: number)])
        }
    }

    @Test("faults have a code for their sender, names and reasons that are told apart")
    func faults() {
        let names = FrameFault.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count && Set(FrameFault.allCases.map { "\($0.reason)" }).count == names.count)
        for fault in FrameFault.allCases {
            #expect(fault.closeCode == (fault == .frameTooLarge ? 1009 : 1002))
            #expect("\(fault.name)".allSatisfy { $0.isLowercase || $0 == "-" } && !"\(fault.reason)".contains("\n"))
        }
        let found = Set(FrameTables.refused.map(\.fault))
        #expect(found.union([.masked, .unmasked]) == Set(FrameFault.allCases), "each has an example")
    }
}
