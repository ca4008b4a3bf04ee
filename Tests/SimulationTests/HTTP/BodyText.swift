// Bodies whose bytes are known from their stream's number: whole, or in chunks.

struct BodyText {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ text: String) { bytes += Array(text.utf8) }

    mutating func put(_ more: [UInt8]) { bytes += more }

    /// Chunks, without the one that ends them.
    mutating func put(
        chunksOf count: Int, _ stream: Int, atMost chunkBytesMax: Int, hasExtensions: Bool, _ chance: inout Chance
    ) {
        var offset = 0
        while offset < count {
            let chunk = min(count - offset, chance.within(1...max(1, chunkBytesMax)))
            put(String(chunk, radix: 16, uppercase: chance.happens(500)))
            if hasExtensions, chance.happens(500) { put(";name=\"a value\"") }
            put("\r\n")
            bytes += Self.bytes(stream, offset: offset, count: chunk)
            put("\r\n")
            offset += chunk
        }
    }

    static func bytes(_ stream: Int, offset: Int, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            Pattern.write(stream, offset: offset, into: memory.baseAddress!, count: count)
            filled = count
        }
    }
}
