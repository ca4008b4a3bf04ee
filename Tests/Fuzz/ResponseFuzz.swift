// Any bytes as a response's head: an answer, never a trap; and what is complete is whole in itself.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the parser):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/ResponseFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/response
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\nConnection: x, close\r\n\r\n' > .build/fuzz/corpus/1
//     printf 'HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked\r\n\r\n' > .build/fuzz/corpus/2
//     .build/fuzz/response -max_total_time=60 -max_len=1024 .build/fuzz/corpus

private let limits = HeadLimits(requestLineBytesMax: 300, fieldsMax: 20, fieldBytesMax: 300, headBytesMax: 900)

/// What was read, and whether every place is within the head.
private struct HeadReading {
    var outcome: HeadOutcome
    var head = ResponseHead()
    var fields: [HeadField] = []

    /// The sanitizer watches behind the bytes and behind the room for fields.
    init(_ bytes: [UInt8], to method: Method) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        let room = UnsafeMutablePointer<HeadField>.allocate(capacity: limits.fieldsMax)
        defer {
            copy.deallocate()
            room.deallocate()
        }
        copy.copyBytes(from: bytes)
        outcome = ResponseHead.parse(UnsafeRawBufferPointer(copy), to: method, limits: limits, into: &head, fields: room)
        if outcome == .complete { fields = Array(UnsafeBufferPointer(start: room, count: head.fieldCount)) }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponse(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let reading = HeadReading(bytes, to: .get)
    switch reading.outcome {
    case .complete: fuzzComplete(reading, bytes)
    case .partial: precondition(count < limits.headBytesMax, "a head that is as long as it may be has an answer")
    case .rejected:
        precondition(
            HeadReading(bytes + Array("\r\n\r\n".utf8), to: .get).outcome == reading.outcome, "more bytes change no refusal")
    }
    if count > 0 {
        let cut = HeadReading(Array(bytes[..<(Int(bytes[count - 1]) &* 7 % count)]), to: .get).outcome
        precondition(cut == .partial || cut == reading.outcome, "a part has no better answer than the whole")
    }
    let toHead = HeadReading(bytes, to: .head)
    precondition(
        toHead.outcome == reading.outcome && toHead.head.byteCount == reading.head.byteCount, "faults are faults for HEAD")
    precondition(toHead.outcome != .complete || toHead.head.framing == .none, "an answer to HEAD has no body")
    return 0
}

private func fuzzComplete(_ reading: HeadReading, _ bytes: [UInt8]) {
    let head = reading.head
    precondition(head.byteCount <= bytes.count && head.byteCount <= limits.headBytesMax, "a head is within its bytes")
    precondition(bytes[..<head.byteCount].suffix(4) == [13, 10, 13, 10], "a head ends in an empty line")
    precondition(100...599 ~= head.status && Int(head.reason.end) <= head.byteCount, "a status line has its parts")
    precondition(head.keepAliveSeconds >= 0, "time does not run back")
    var said = 0
    var place = 0
    for field in reading.fields {
        precondition(place < field.nameStart && field.nameCount > 0, "fields come in order")
        precondition(Int(field.valueRange.end) <= head.byteCount - 4, "a value ends before the empty line")
        place = Int(field.valueRange.end)
        if field.name == .contentLength || field.name == .transferEncoding { said += 1 }
    }
    precondition(said <= 1, "a body's length is said once")
    let upgrades = reading.fields.filter { $0.name == .upgrade }
    let isMeant = head.facts.contains(.namesUpgrade) && head.minorVersion > 0 && upgrades.count == 1
    precondition(head.upgrade == (isMeant ? upgrades[0].valueRange : ByteRange()), "an upgrade is said once, and meant")
    let hasNoContent = head.status < 200 || head.status == 204 || head.status == 304
    precondition(hasNoContent == (head.framing == .none), "only some answers have no body")
    precondition(head.framing != .untilClose || said == 0, "what was said is kept")
    precondition(head.framing != .untilClose || !head.facts.contains(.persistent), "a body that ends the connection ends it")
    for count in 0..<head.byteCount {
        precondition(HeadReading(Array(bytes[..<count]), to: .get).outcome == .partial, "a cut head is partial")
    }
    var end = HeadEnd()
    precondition(bytes.withUnsafeBytes { end.find($0) } == head.byteCount, "the end is found where the head ends")
}
