// Any bytes as frames of one direction: an answer, never a trap, and the same one for every split.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the reader):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/WebSocketFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/websocket
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf '\2\201\3abc\211\0\212\10abcdefgh\202\176\0\200' > .build/fuzz/corpus/1
//     printf '\1\201\203kkkkabc\210\202kkkkaa' > .build/fuzz/corpus/2
//     .build/fuzz/websocket -max_total_time=60 -max_len=1024 .build/fuzz/corpus

/// How a stream is followed: said by the first byte of the input.
private struct Manner {
    var sender: FrameReader.Sender
    var frameBytesMax: UInt64
    var passesClose: Bool
    var passesEvenPongs: Bool

    init(_ byte: UInt8) {
        sender = byte & 1 == 0 ? .server : .client
        frameBytesMax = byte & 2 == 0 ? 0 : 130
        passesClose = byte & 4 == 0
        passesEvenPongs = byte & 8 == 0
    }

    func passes(_ event: Reading.Event) -> Bool {
        switch event {
        case .close: passesClose
        case .pong(let payload): (payload ?? 0) % 2 == 0 && passesEvenPongs
        case .none, .ping, .malformed: true
        }
    }
}

/// What becomes of bytes that come in pieces of `pieceBytes`.
private struct Passage: Equatable {
    var output: [UInt8] = []
    var events: [Reading.Event] = []
    var messages: UInt64 = 0
    /// Bytes that went neither on nor are held any more, if no close or fault has ended all.
    var droppedCount = 0
    var hasEnded = false

    init(_ bytes: [UInt8], _ manner: Manner, pieceBytes: Int) {
        var reader = FrameReader(sender: manner.sender, frameBytesMax: manner.frameBytesMax)
        var index = 0
        while index < bytes.count, !hasEnded {
            let piece = Array(bytes[index..<min(bytes.count, index + pieceBytes)])
            index += piece.count
            var place = 0
            while place < piece.count, !hasEnded {
                let rest = Array(piece[place...])
                let reading = rest.withUnsafeBytes { reader.read($0) }
                precondition(reading.passed <= reading.consumed && reading.consumed <= rest.count, "a look is within its bytes")
                precondition(reading.passed >= 0 && (reading.consumed > 0 || reading.releases), "a look goes on")
                take(&reader, isPromised: reading.releases)
                output += rest[..<reading.passed]
                place += reading.consumed
                act(on: reading.event, &reader, manner)
            }
        }
        messages = reader.messages
    }

    private mutating func act(on event: Reading.Event, _ reader: inout FrameReader, _ manner: Manner) {
        if event == .none { return }
        events.append(event)
        switch event {
        case .close, .pong(payload: .some):
            precondition(reader.isBetweenFrames, "nothing of what is held has gone on")
            if manner.passes(event) {
                reader.passControl()
                take(&reader, isPromised: true)
            } else {
                reader.dropControl()
                droppedCount += manner.sender == .client ? 14 : 10
            }
            if !reader.hasClosed { precondition(reader.isBetweenFrames, "a pong that is decided is over") }
        case .malformed:
            precondition(reader.isBetweenFrames, "a fault is found before its frame has begun to pass")
            hasEnded = true
        case .none, .ping, .pong(payload: .none): break
        }
    }

    private mutating func take(_ reader: inout FrameReader, isPromised: Bool) {
        var room = [UInt8](repeating: 0, count: FrameReader.heldBytesMax)
        let count = room.withUnsafeMutableBytes { reader.takeReleased(into: $0) }
        precondition((count > 0) == isPromised, "what is released is said")
        output += room[..<count]
    }

    var hasClosed: Bool {
        events.contains { if case .close = $0 { true } else { false } }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let (manner, bytes) = (Manner(input[0]), Array(input[1...]))
    let whole = Passage(bytes, manner, pieceBytes: bytes.count)
    for pieceBytes in [1, 2, 3, 5, 7, 13, 1 + Int(input[0])] {
        precondition(Passage(bytes, manner, pieceBytes: pieceBytes) == whole, "no split changes the answer")
    }
    if whole.hasClosed {
        precondition(
            Passage(bytes + [0x81, 0], manner, pieceBytes: 9).output.count >= whole.output.count, "what passed has passed")
        if case .close = whole.events.last {} else { preconditionFailure("a close is the last that is told") }
    } else if !whole.hasEnded {
        let heldCount = bytes.count - whole.output.count - whole.droppedCount
        precondition(0...FrameReader.heldBytesMax ~= heldCount, "what neither passed nor was dropped is held")
    }
    if whole.droppedCount == 0, !(whole.hasClosed && !manner.passesClose) {
        precondition(bytes.starts(with: whole.output), "what passes is what came")
    }
    // What has passed is a stream of its own, from which nothing more is dropped.
    var again = manner
    (again.passesClose, again.passesEvenPongs) = (true, true)
    let second = Passage(whole.output, again, pieceBytes: 11)
    precondition(whole.output.starts(with: second.output), "frames that passed are frames")
    precondition(second.messages == whole.messages, "messages that passed are counted as many")
    fuzzKey(bytes)
    return 0
}

/// Any bytes as a key, and as an answer to one.
private func fuzzKey(_ bytes: [UInt8]) {
    guard let key = bytes.prefix(WebSocketKey.textBytes).withUnsafeBytes({ WebSocketKey($0) }) else { return }
    var accept = [UInt8](repeating: 0, count: WebSocketKey.acceptBytes)
    let count = accept.withUnsafeMutableBytes { key.writeAccept(into: $0) }
    precondition(count == accept.count && accept.withUnsafeBytes { key.isAccepted(by: $0) }, "an answer is the key's own")
    precondition(bytes.withUnsafeBytes { !key.isAccepted(by: $0) } || bytes == accept, "no other is")
}
