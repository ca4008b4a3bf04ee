// Any bytes as an address: an answer, never a trap; and what is read is written and read again.
//
// Build and run from the top folder (the sources and this file are one module, so that the fuzzer
// sees into the parser):
//
//     mkdir -p .build/fuzz/corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/AddressFuzz.swift Sources/Codecs/*/*.swift -o .build/fuzz/address
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf '[fe80::1%%2]:80' > .build/fuzz/corpus/v6; printf '10.0.0.1:80' > .build/fuzz/corpus/v4
//     .build/fuzz/address -max_total_time=60 -max_len=256 .build/fuzz/corpus

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAddress(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    let bytes = Span(_unsafeElements: input)
    fuzzParts(bytes)
    if case .socket(let address)? = try? AddressText.parse(bytes) {
        precondition(address.description.utf8.count <= AddressText.bytesMax, "an address fits in its bound")
        precondition((try? AddressText.parse(address.description)) == .socket(address), "what is written is read")
        fuzzRoom(address, byteCount: count)
    }
    fuzzLogLine(UnsafeRawBufferPointer(input))
    return 0
}

private func fuzzParts(_ bytes: Span<UInt8>) {
    if HostName.isValid(bytes) { _ = HostName.endsInNumber(bytes) }
    guard let halves = IPv6Text.parse(bytes) else { return }
    let address = SocketAddress.ipv6(high: halves.high, low: halves.low, port: 0, scope: 0)
    precondition((try? AddressText.parse(address.description)) == .socket(address), "what is written is read")
}

/// Too little room cuts the text and touches nothing behind it, where the sanitizer watches.
private func fuzzRoom(_ address: SocketAddress, byteCount: Int) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount / 2, alignment: 1)
    defer { room.deallocate() }
    precondition(AddressText.write(address, into: room) <= room.count, "no more is written than there is room")
}

private func fuzzLogLine(_ name: UnsafeRawBufferPointer) {
    var line = TCPLogLine(client: .ipv6(high: UInt64(name.count), low: 1, port: 1))
    (line.frontend, line.backend, line.server) = (name, name, name)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count + 1, alignment: 1)
    defer { room.deallocate() }
    let count = line.write(into: room)
    precondition(count <= room.count && room[count - 1] == UInt8(ascii: "\n"), "a line ends, and in its room")
}
