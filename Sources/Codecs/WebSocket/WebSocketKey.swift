// What a client sends to begin a WebSocket, and the one answer that proves a server has understood.
// Knows RFC 6455 sections 4.1 and 4.2.2. Knows nothing of heads.

/// A plain value of 16 bytes, as the key is one: so a tunnel's beginning needs no copy of the request.
public struct WebSocketKey: Equatable, BitwiseCopyable, Sendable {
    /// Of the key as base64.
    public static let textBytes = 24
    /// Of Sec-WebSocket-Accept: 20 bytes as base64.
    public static let acceptBytes = 28

    /// The first eight bytes, the first of them highest.
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// - Parameter text: the value of Sec-WebSocket-Key.
    /// - Returns: `nil` where it is not 16 bytes as base64, written in the only way there is: with its padding, and
    ///   no bit set that no byte has.
    public init?(_ text: UnsafeRawBufferPointer) {
        // Bytes have no alignment, and the caller lends all of them.
        let bytes = unsafe Span<UInt8>(_unsafeElements: text.bindMemory(to: UInt8.self))
        guard bytes.count == Self.textBytes else { return nil }
        guard bytes[22] == Base64Text.padding, bytes[23] == Base64Text.padding else { return nil }
        for index in 0..<22 {
            guard let value = Base64Text.value(bytes[index]) else { return nil }
            guard index < 21 else {
                guard value & 0xf == 0 else { return nil }
                shift(by: 2, adding: value >> 4)
                return
            }
            shift(by: 6, adding: value)
        }
    }

    private mutating func shift(by count: UInt64, adding bits: UInt8) {
        high = high << count | low >> (64 - count)
        low = low << count | UInt64(bits)
    }

    /// Whether this is the value of Sec-WebSocket-Accept that answers the key.
    public func isAccepted(by text: UnsafeRawBufferPointer) -> Bool {
        // Bytes have no alignment, and the caller lends all of them.
        let bytes = unsafe Span<UInt8>(_unsafeElements: text.bindMemory(to: UInt8.self))
        guard bytes.count == Self.acceptBytes else { return false }
        let accept = accept
        for index in 0..<Self.acceptBytes where bytes[index] != accept[index] { return false }
        return true
    }

    /// Writes the value of Sec-WebSocket-Accept to the start of a buffer.
    ///
    /// - Returns: `acceptBytes`, or 0 where there is no room for all of it.
    public func writeAccept(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count >= Self.acceptBytes else { return 0 }
        let accept = accept
        // Just checked.
        for index in 0..<Self.acceptBytes { unsafe buffer[index] = accept[index] }
        return Self.acceptBytes
    }

    /// The hash of the key's text and of the identifier that RFC 6455 section 1.3 gives, as base64.
    private var accept: InlineArray<28, UInt8> {
        var hash = SHA1()
        for index in 0..<21 { hash.add(Base64Text.letter(bits(from: 122 - 6 * index))) }
        hash.add(Base64Text.letter(low << 4))
        hash.add(Base64Text.padding)
        hash.add(Base64Text.padding)
        let identifier: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        // A literal lives as long as the program, and the index is within its length.
        for index in 0..<identifier.utf8CodeUnitCount { unsafe hash.add(identifier.utf8Start[index]) }
        let digest = hash.finish()
        var text = InlineArray<28, UInt8>(repeating: Base64Text.padding)
        for group in 0..<7 {
            var bits: UInt64 = 0
            for index in 3 * group..<3 * group + 3 { bits = bits << 8 | (index < 20 ? UInt64(digest[index]) : 0) }
            // The last of the 28 stands for no byte.
            let letterCount = group < 6 ? 4 : 3
            for index in 0..<letterCount { text[4 * group + index] = Base64Text.letter(bits >> UInt64(18 - 6 * index)) }
        }
        return text
    }

    /// The key's bits from so many above its lowest on.
    private func bits(from lowest: Int) -> UInt64 {
        lowest >= 64 ? high >> UInt64(lowest - 64) : high << UInt64(64 - lowest) | low >> UInt64(lowest)
    }
}
