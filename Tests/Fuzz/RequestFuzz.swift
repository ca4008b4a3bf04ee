// Any bytes as a request's head: an answer, never a trap; and what is complete is whole in itself.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the parser):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/RequestFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/request
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf 'POST http://a:1/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: x\r\nX: y\r\n\r\n' > .build/fuzz/corpus/1
//     printf 'GET / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n' > .build/fuzz/corpus/2
//     .build/fuzz/request -max_total_time=60 -max_len=1024 .build/fuzz/corpus

private let limits = HeadLimits(requestLineBytesMax: 300, fieldsMax: 20, fieldBytesMax: 300, headBytesMax: 900)

/// A head that was read, with its fields.
private struct HeadReading {
    var outcome: HeadOutcome
    var head = RequestHead()
    var fields: [HeadField] = []

    /// The sanitizer watches behind the bytes and behind the room for fields.
    init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        let room = UnsafeMutablePointer<HeadField>.allocate(capacity: limits.fieldsMax)
        defer {
            copy.deallocate()
            room.deallocate()
        }
        copy.copyBytes(from: bytes)
        outcome = RequestHead.parse(UnsafeRawBufferPointer(copy), limits: limits, into: &head, fields: room)
        if outcome == .complete { fields = Array(UnsafeBufferPointer(start: room, count: head.fieldCount)) }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let reading = HeadReading(bytes)
    switch reading.outcome {
    case .complete: fuzzComplete(reading, bytes)
    case .partial: precondition(count < limits.headBytesMax, "a head that is as long as it may be has an answer")
    case .rejected(let rejection):
        precondition(rejection.status >= 400 && rejection.status < 600, "a refusal has a status")
        precondition(HeadReading(bytes + Array("\r\n\r\n".utf8)).outcome == reading.outcome, "more bytes change no refusal")
    }
    // One cut, chosen by the bytes themselves, of each input; every cut of a complete one.
    if count > 0 {
        let cut = HeadReading(Array(bytes[..<(Int(bytes[0]) &* 7 % count)])).outcome
        precondition(cut == .partial || cut == reading.outcome, "a part has no better answer than the whole")
    }
    return 0
}

private func fuzzComplete(_ reading: HeadReading, _ bytes: [UInt8]) {
    let head = reading.head
    precondition(head.byteCount <= bytes.count && head.byteCount <= limits.headBytesMax, "a head is within its bytes")
    precondition(bytes[..<head.byteCount].suffix(4) == [13, 10, 13, 10], "a head ends in an empty line")
    precondition(head.fieldCount <= limits.fieldsMax, "fields are bounded")
    for range in [head.methodText, head.target, head.pathAndQuery, head.path, head.query, head.authority, head.upgrade] {
        precondition(range.isEmpty || Int(range.end) <= head.byteCount, "a part is within its head")
    }
    precondition(!head.methodText.isEmpty && !head.target.isEmpty && head.method != .connect, "a request line has its parts")
    precondition(head.minorVersion == 0 || !head.authority.isEmpty, "a request is for somebody")
    fuzzFields(reading, bytes)
    for count in 0..<head.byteCount {
        precondition(HeadReading(Array(bytes[..<count])).outcome == .partial, "a cut head is partial")
    }
    var end = HeadEnd()
    precondition(bytes.withUnsafeBytes { end.find($0) } == head.byteCount, "the end is found where the head ends")
    precondition(!end.hasBareLineFeed, "no line of a head ends in a line feed alone")
}

private func fuzzFields(_ reading: HeadReading, _ bytes: [UInt8]) {
    var lengths = 0
    var codings = 0
    var place = 0
    for field in reading.fields {
        let name = field.nameRange.indices
        let value = field.valueRange.indices
        precondition(place < name.lowerBound && name.upperBound < value.lowerBound, "fields come in order")
        precondition(value.upperBound <= reading.head.byteCount - 4, "a value ends before the empty line")
        precondition(!name.isEmpty && bytes[name].allSatisfy { Octet.isToken($0) }, "a name is a token")
        precondition(bytes[value].allSatisfy { $0 == 9 || ($0 >= 32 && $0 != 127) }, "a value has no control byte")
        precondition(bytes[name.upperBound] == UInt8(ascii: ":"), "a colon follows the name")
        place = value.upperBound
        if field.name == .contentLength { lengths += 1 }
        if field.name == .transferEncoding { codings += 1 }
    }
    precondition(lengths + codings <= 1, "a body's length is said once")
    let upgrades = reading.fields.filter { $0.name == .upgrade }
    let isMeant = reading.head.facts.contains(.namesUpgrade) && reading.head.minorVersion > 0 && upgrades.count == 1
    precondition(reading.head.upgrade == (isMeant ? upgrades[0].valueRange : ByteRange()), "an upgrade is said once, and meant")
    switch reading.head.framing {
    case .none: precondition(lengths + codings == 0, "what was said is kept")
    case .length(let length): precondition(lengths == 1 && length <= UInt64(Int64.max), "a length is one that can be counted")
    case .chunked: precondition(codings == 1 && reading.head.minorVersion == 1, "chunked is of HTTP/1.1")
    case .untilClose: preconditionFailure("a request does not end with its connection")
    }
}
