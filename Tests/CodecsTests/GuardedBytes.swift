// Bytes that end where readable memory ends: one look too far is a crash, not a lucky byte.

import Glibc

/// Runs `body` over a copy of `bytes` whose last byte is the last one of a readable page.
func withGuardedBytes<Result>(_ bytes: [UInt8], _ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
    try withGuardedBuffer(byteCount: bytes.count) { buffer in
        buffer.copyBytes(from: bytes)
        return try body(Span(_unsafeElements: buffer.bindMemory(to: UInt8.self)))
    }
}

func withGuarded<Result>(_ text: String, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
    try withGuardedBytes(Array(text.utf8), body)
}

/// Runs `body` over writable room behind which an inaccessible page stands.
func withGuardedBuffer<Result>(
    byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    let pageBytes = 4096
    let roomBytes = (byteCount + pageBytes - 1) / pageBytes * pageBytes
    let mapped = mmap(nil, roomBytes + pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start = mapped, start != MAP_FAILED else { preconditionFailure("a test has memory") }
    defer { munmap(start, roomBytes + pageBytes) }
    mprotect(start + roomBytes, pageBytes, PROT_NONE)
    return try body(UnsafeMutableRawBufferPointer(start: start + roomBytes - byteCount, count: byteCount))
}

/// What `write` leaves in `byteCount` bytes of room.
func written(room byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) -> String {
    withGuardedBuffer(byteCount: byteCount) { buffer in
        let count = write(buffer)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
