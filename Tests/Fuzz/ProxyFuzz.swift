// Any bytes as a PROXY header, and as a network: an answer, never a trap.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the parser):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/ProxyFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/proxy
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n' > .build/fuzz/corpus/v1
//     printf '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\1\2\3\4\1\2\3\4\0\1\0\2' > .build/fuzz/corpus/v2
//     .build/fuzz/proxy -max_total_time=60 -max_len=512 .build/fuzz/corpus

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProxy(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count))
    let outcome = ProxyHeader.parse(bytes)
    switch outcome {
    case .incomplete(let furtherBytesMin):
        precondition(furtherBytesMin > 0 && count < ProxyHeader.bytesMax, "more is asked for, within the bound")
        precondition(count + furtherBytesMin <= ProxyHeader.bytesMax, "a header fits in its bound")
    case .malformed:
        break
    case .header(let header, let byteCount):
        precondition(byteCount <= count && byteCount <= ProxyHeader.bytesMax, "a header is within its bytes")
        fuzzCuts(bytes.extracting(0..<byteCount))
        fuzzWriting(header)
    }
    fuzzNetwork(bytes)
    return 0
}

/// A header less its end is the beginning of one, wherever it is cut.
private func fuzzCuts(_ bytes: Span<UInt8>) {
    for count in 0..<bytes.count {
        guard case .incomplete(let furtherBytesMin) = ProxyHeader.parse(bytes.extracting(0..<count)) else {
            preconditionFailure("a cut header is incomplete")
        }
        precondition(count + furtherBytesMin <= bytes.count, "no more is asked for than there is")
    }
}

/// What is written is read as the same ends, but for the spelling of IPv4 beside IPv6.
private func fuzzWriting(_ header: ProxyHeader) {
    for version in ProxyHeader.Version.allCases {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: ProxyHeader.writtenBytesMax, alignment: 1)
        defer { room.deallocate() }
        let count = ProxyHeader(version: version, ends: header.ends).write(into: room)
        let outcome = ProxyHeader.parse(UnsafeRawBufferPointer(rebasing: room[..<count]))
        guard case .header(let read, count) = outcome else { preconditionFailure("what is written is read") }
        precondition(read.source?.port == header.source?.port, "a source keeps its port")
        precondition(read.source?.host.unmapped == header.source?.host.unmapped, "a source keeps its host")
    }
}

private func fuzzNetwork(_ bytes: Span<UInt8>) {
    guard let network = try? Network.parse(bytes) else { return }
    precondition((try? Network.parse(network.description)) == network, "what is written is read")
    let list = NetworkList([network])
    defer { list.destroy() }
    precondition(network.contains(network.host) && list.contains(network.host), "a network has its first address")
}
