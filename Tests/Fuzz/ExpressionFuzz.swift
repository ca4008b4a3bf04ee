// Any bytes as a path expression and as a path: an answer, never a trap, and in bounded time and memory.
//
// Build and run from the top folder (the sources and this file are one module):
//
//     mkdir -p .build/fuzz/expression-corpus
//     swiftc -use-ld=lld -parse-as-library -sanitize=fuzzer,address -O -g -swift-version 6 -I Sources/CScan/include \
//         Tests/Fuzz/ExpressionFuzz.swift Sources/Codecs/*/*.swift Sources/Balancing/StableHash.swift \
//         Sources/Balancing/Expressions/*.swift -o .build/fuzz/expression
//     export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
//     printf '\014^/(a|b)+[^c]{2}/a%%2e./b//' > .build/fuzz/expression-corpus/usual
//     .build/fuzz/expression -max_total_time=60 -max_len=1100 .build/fuzz/expression-corpus

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExpression(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 0, let start else { return 0 }
    // The first byte says where the pattern ends and the path begins.
    let input = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    let split = input.isEmpty ? 0 : Int(start[0]) * input.count / 255
    let path = fuzzPath(UnsafeRawBufferPointer(rebasing: input[split...]))
    fuzzPattern(String(decoding: input[..<split], as: UTF8.self), path)
    return 0
}

private func fuzzPattern(_ pattern: String, _ path: [UInt8]) {
    do throws(ExpressionFault) {
        let expression = try PathExpression.compile(pattern)
        defer { expression.destroy() }
        precondition(expression.stateCount <= ExpressionAutomaton.statesMax, "states are bounded")
        let isMatch = path.withUnsafeBytes { expression.matches($0) }
        let longer = path + [0x0a]
        _ = longer.withUnsafeBytes { expression.matches($0) }
        guard !pattern.hasPrefix("(?i)") else { return }
        // The whole of it in a group, and beside itself, is the same; but for its size.
        guard let same = try? PathExpression.compile("(?:" + pattern + ")|(" + pattern + ")") else { return }
        defer { same.destroy() }
        precondition(path.withUnsafeBytes { same.matches($0) } == isMatch, "a group changes nothing")
    } catch {
        precondition(error.offset >= 0 && error.offset <= pattern.utf8.count, "a fault is within the pattern")
        precondition(!error.problem.isEmpty, "a fault has words")
    }
}

/// What routes would see of the path.
private func fuzzPath(_ path: UnsafeRawBufferPointer) -> [UInt8] {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: path.count, alignment: 1)
    defer { room.deallocate() }
    let normal = Array(NormalizedPath.write(path, into: room))
    precondition(normal.count <= path.count, "a path never grows")
    guard let first = path.first, first == UInt8(ascii: "/") else { return normal }
    precondition(normal.first == first, "a path begins with its slash")
    let segments = normal.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    precondition(segments.dropLast().allSatisfy { !$0.isEmpty }, "slashes are merged")
    precondition(segments.allSatisfy { !$0.elementsEqual([0x2e]) && !$0.elementsEqual([0x2e, 0x2e]) }, "no segment is dots")
    return normal
}
