// Streams of frames, by section of RFC 6455, and what is no frame.

import Codecs

enum FrameTables {
    /// Short ones: every split of each is tried.
    static let streams: [[FrameBytes]] = [
        // Section 5.6: data of every short length near the bounds.
        [.binary(0)], [.binary(1)], [.text("Hello")], [.binary(125)], [.binary(126)], [.binary(127)], [.binary(300)],
        [.binary(0), .binary(0), .binary(0)],
        [.text("a"), .binary(128), .text(""), .binary(126), .text("b")],
        // Section 5.4: fragments, with control frames between.
        [
            FrameBytes(opcode: 1, isFinal: false, payload: [1, 2]), .ping([7]),
            FrameBytes(opcode: 0, isFinal: false, payload: [3]),
            .pong(5), FrameBytes(opcode: 0, payload: [4]), .text("x"),
        ],
        [FrameBytes(opcode: 2, isFinal: false), FrameBytes(opcode: 0, isFinal: false), FrameBytes(opcode: 0)],
        // A continuation of nothing and a message in a message are for the ends to judge.
        [FrameBytes(opcode: 0, payload: [1]), FrameBytes(opcode: 1, isFinal: false), .text("a")],
        // Section 5.2: reserved bits and opcodes.
        [
            FrameBytes(opcode: 1, reserved: 4, payload: [1]), FrameBytes(opcode: 3, payload: [2]),
            FrameBytes(opcode: 7, isFinal: false, reserved: 7, payload: [3]), FrameBytes(opcode: 7, payload: [4]),
        ],
        [FrameBytes(opcode: 11, payload: [1, 2]), FrameBytes(opcode: 15, reserved: 1), .text("a")],
        [
            FrameBytes(opcode: 9, reserved: 2, payload: [1]),
            FrameBytes(opcode: 10, reserved: 4, payload: [1, 2, 3, 4, 5, 6, 7, 8]),
        ],
        // Sections 5.5.2 and 5.5.3.
        [.ping()], [.ping([1, 2, 3])], [.ping(Array(repeating: 9, count: 125)), .text("a")],
        [.ping(), .ping([1]), .ping(), .text("")],
        [.pong()], [.pong([1, 2, 3, 4, 5, 6, 7])], [.pong([1, 2, 3, 4, 5, 6, 7, 8, 9])],
        [.pong(Array(repeating: 9, count: 125))],
        [.pong(0)], [.pong(.max), .text("a")], [.pong(0x0102_0304_0506_0708), .pong(1), .ping(), .pong(2)],
        [.text("a"), .pong(3), .text("b"), .pong([]), .pong(4), .binary(130)],
        // Section 5.5.1.
        [.close()], [.close(1000)], [.close(1012, "service restart")], [.close(1001, String(repeating: "r", count: 123))],
        [.close(0)], [.close(65_535, "x")], [.text("a"), .close(3000), .text("too late"), .close(), .ping()],
        [.close(), .text("b")], [.close(1000, "bye"), .pong(5), FrameBytes(opcode: 9, isFinal: false)],
        [FrameBytes(opcode: 2, isFinal: false, payload: [1]), .ping(), .close(1002, "half a message"), FrameBytes(opcode: 0)],
    ]

    /// What is refused. What follows the head is of no matter.
    static let refused: [(frame: FrameBytes, fault: FrameFault)] = [
        (FrameBytes(opcode: 8, isFinal: false), .fragmentedControl),
        (FrameBytes(opcode: 9, isFinal: false), .fragmentedControl),
        (FrameBytes(opcode: 10, isFinal: false, payload: Array(repeating: 0, count: 8)), .fragmentedControl),
        (FrameBytes(opcode: 15, isFinal: false), .fragmentedControl),
        (FrameBytes(opcode: 9, isFinal: false, length: 126), .fragmentedControl),
        (FrameBytes(opcode: 8, length: 126), .controlTooLong), (FrameBytes(opcode: 9, length: 65_535), .controlTooLong),
        (FrameBytes(opcode: 10, length: 65_536), .controlTooLong), (FrameBytes(opcode: 11, length: 1 << 40), .controlTooLong),
        (FrameBytes(opcode: 9, payload: [1], lengthBytes: 2), .controlTooLong),
        (FrameBytes(opcode: 8, payload: [3]), .closeTooShort),
        (FrameBytes(opcode: 1, length: 0, lengthBytes: 2), .lengthNotMinimal),
        (FrameBytes(opcode: 2, length: 125, lengthBytes: 2), .lengthNotMinimal),
        (FrameBytes(opcode: 2, length: 0, lengthBytes: 8), .lengthNotMinimal),
        (FrameBytes(opcode: 0, length: 126, lengthBytes: 8), .lengthNotMinimal),
        (FrameBytes(opcode: 3, length: 65_535, lengthBytes: 8), .lengthNotMinimal),
        (FrameBytes(opcode: 2, length: 1 << 63, lengthBytes: 8), .lengthTooLarge),
        (FrameBytes(opcode: 1, isFinal: false, length: .max, lengthBytes: 8), .lengthTooLarge),
        (FrameBytes(opcode: 2, length: 1001), .frameTooLarge), (FrameBytes(opcode: 0, length: 65_536), .frameTooLarge),
        (FrameBytes(opcode: 7, length: UInt64(Int64.max)), .frameTooLarge),
    ]
    /// For those of `refused` that are too large.
    static let frameBytesMax: UInt64 = 1000
}
