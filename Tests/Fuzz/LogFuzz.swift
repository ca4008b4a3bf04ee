// Any bytes in every field of an access log line, and as the text of a template: one line, within its room, of
// printable ASCII.
//
// Build and run from the top folder (the sources and this file are one module):
//
//     mkdir -p .build/fuzz/log-corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 \
//         Tests/Fuzz/LogFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/log
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     .build/fuzz/log -max_total_time=60 -max_len=8192 .build/fuzz/log-corpus

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard let format = HTTPLogFormat(rawValue: input[0] % 5) else { preconditionFailure("there are five formats") }
    let text = UnsafeRawBufferPointer(rebasing: input[2...])
    var line = HTTPLogLine(client: .ipv4(host: 1, port: 2))
    (line.frontend, line.backend, line.server, line.serverAddress) = (text, text, text, text)
    (line.method, line.target, line.host) = (text, text, text)
    (line.referer, line.userAgent, line.requestID) = (text, text, text)
    fuzzLine(line, format, room: HTTPLogLine.bytesMax)
    fuzzLine(line, format, room: 1 + Int(input[1]) * 16)
    (line.fieldTexts, line.fieldCounts[0]) = (text, UInt16(truncatingIfNeeded: text.count))
    fuzzTemplate(line, text)
    fuzzForwarded(text)
    return 0
}

private func fuzzLine(_ line: HTTPLogLine, _ format: HTTPLogFormat, room byteCount: Int) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
    defer { room.deallocate() }
    let count = line.write(format, into: room)
    precondition(count > 0 && room[count - 1] == 10, "a line ends")
    precondition(room[..<(count - 1)].allSatisfy { 0x20...0x7e ~= $0 }, "a line is printable")
    guard byteCount == HTTPLogLine.bytesMax else { return }
    precondition(count < byteCount, "every line fits")
    precondition(format != .json || room[count - 2] == UInt8(ascii: "}"), "an object is whole")
}

private func fuzzTemplate(_ line: HTTPLogLine, _ text: UnsafeRawBufferPointer) {
    // Decoding repairs what is not UTF-8, as arguments are.
    guard let parts = try? LogTemplateText(String(decoding: text, as: UTF8.self)) else { return }
    let template = LogTemplate(parts)
    defer { template.destroy() }
    for byteCount in [parts.lineBytesMax, 1 + text.count % parts.lineBytesMax] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
        defer { room.deallocate() }
        let count = line.write(template, into: room)
        precondition(count > 0 && room[count - 1] == 10, "a line ends")
        precondition(room[..<(count - 1)].allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 }, "a line is printable")
    }
}

private func fuzzForwarded(_ value: UnsafeRawBufferPointer) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * value.count + 2, alignment: 1)
    defer { room.deallocate() }
    precondition(ForwardedText.writeValue(value, into: room) > 0, "a value is written")
}
