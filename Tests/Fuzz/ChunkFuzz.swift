// Any bytes as a chunked body: an answer, never a trap, and the same one for every split.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the decoder):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/ChunkFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/chunk
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf '5 ;a="b\\"";c=d\r\nhello\r\n0\r\nA: b\r\n\r\n' > .build/fuzz/corpus/1
//     .build/fuzz/chunk -max_total_time=60 -max_len=1024 .build/fuzz/corpus

private let trailerBytesMax = 100

/// What a decoder makes of bytes that come in pieces of `pieceBytes`.
private struct ChunkReading: Equatable {
    var data: [UInt8] = []
    var endCount: Int?
    var rejection: Rejection?

    init(_ bytes: [UInt8], pieceBytes: Int) {
        var decoder = ChunkDecoder(trailerBytesMax: trailerBytesMax)
        var index = 0
        while index < bytes.count, endCount == nil, rejection == nil {
            let piece = Array(bytes[index..<min(bytes.count, index + pieceBytes)])
            switch piece.withUnsafeBytes({ decoder.next($0) }) {
            case .framing(let count):
                precondition(count > 0 && count <= piece.count, "a step is within its bytes, and goes on")
                index += count
            case .data(let count):
                precondition(count > 0 && count <= piece.count, "a step is within its bytes, and goes on")
                data += piece[..<count]
                index += count
            case .ended(let count):
                precondition(count > 0 && count <= piece.count, "a step is within its bytes, and goes on")
                endCount = index + count
            case .malformed(let fault):
                rejection = fault
            }
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunk(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = ChunkReading(bytes, pieceBytes: max(1, count))
    for pieceBytes in [1, 2, 3, 7, 16, 1 + Int(bytes.first ?? 0)] {
        precondition(ChunkReading(bytes, pieceBytes: pieceBytes) == whole, "no split changes the answer")
    }
    var decoder = ChunkDecoder(trailerBytesMax: trailerBytesMax)
    switch bytes.withUnsafeBytes({ decoder.take($0) }) {
    case .more: precondition(whole.endCount == nil && whole.rejection == nil, "both ways agree")
    case .ended(let end):
        precondition(whole.endCount == end && end <= count, "both ways agree")
        precondition(bytes[..<end].suffix(2) == [13, 10], "a body ends in an empty line")
        precondition(ChunkReading(bytes + [0], pieceBytes: count + 1) == whole, "what follows a body is not looked at")
    case .malformed(let rejection): precondition(whole.rejection == rejection, "both ways agree")
    }
    return 0
}
