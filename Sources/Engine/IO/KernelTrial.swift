// Small trials of what kernels have got wrong: a socket pair, known bytes, and what came of them.

internal import CLiburing
internal import CLinux
internal import Glibc

enum KernelTrial {
    private static let bufferCount = 16
    private static let bufferBytes = 1024
    /// How long a turn waits for something to come, and after how many in a row that brought nothing it never will.
    private static let turnNanoseconds: UInt64 = 10_000_000
    private static let vainTurnsMax = 20

    /// Whether a receive from a buffer ring yields bytes in the order they were sent, across a ring
    /// that runs empty (-ENOBUFS) and is filled again in another order.
    static func receivesInOrder(_ ring: inout swivel_ring, group: UInt16, multishot: Bool, bundle: Bool) -> Bool {
        var buffers = swivel_buffer_ring()
        guard swivel_buffer_ring_open(&ring, &buffers, UInt32(bufferCount), group) == 0 else { return false }
        defer { swivel_buffer_ring_close(&ring, &buffers) }
        guard var pair = socketPair() else { return false }
        defer { close(&pair) }
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bufferCount * bufferBytes)
        defer { memory.deallocate() }
        var order = [Int](repeating: 0, count: bufferCount)
        var position = [Int](repeating: 0, count: bufferCount)
        func offer(_ id: Int) {
            order[Int(buffers.tail) & (bufferCount - 1)] = id
            position[id] = Int(buffers.tail) & (bufferCount - 1)
            swivel_buffer_ring_add(&buffers, memory + id * bufferBytes, UInt32(bufferBytes), UInt16(id))
        }
        let sentCount = 8 * bufferCount * bufferBytes
        let sent = [UInt8]((0..<sentCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 10) })
        var sentSoFar = 0
        var receivedSoFar = 0
        var held: [Int] = []
        var isArmed = false
        for id in stride(from: bufferCount - 1, through: 0, by: -1) { offer(id) }
        swivel_buffer_ring_publish(&buffers)

        // Turns rather than time: a process that is held up for a while must not find its kernel poorer.
        var vainTurns = 0
        while receivedSoFar < sentCount, vainTurns < vainTurnsMax {
            if sentSoFar < sentCount {
                let count = sent.withUnsafeBytes { swivel_send(pair.0, $0.baseAddress! + sentSoFar, sentCount - sentSoFar) }
                if count > 0 { sentSoFar += count }
            }
            // Every other buffer first: the kernel's order and the ids' part company.
            for id in held.filter({ $0 % 2 == 1 }) + held.filter({ $0 % 2 == 0 }) { offer(id) }
            held.removeAll()
            swivel_buffer_ring_publish(&buffers)
            if !isArmed, let entry = swivel_ring_entry(&ring) {
                let flags = (multishot ? SWIVEL_RECV_MULTISHOT : 0) | (bundle ? SWIVEL_RECVSEND_BUNDLE : 0)
                swivel_prep_recv(entry, pair.1, buffers.group, flags, 0, 1)
                isArmed = true
            }
            _ = swivel_ring_enter(&ring, 1, turnNanoseconds)
            vainTurns += 1
            while let completion = swivel_ring_peek(&ring) {
                let (result, flags) = (completion.pointee.res, completion.pointee.flags)
                swivel_ring_seen(&ring)
                if flags & SWIVEL_CQE_F_MORE == 0 { isArmed = false }
                if result == -ENOBUFS || result == -EAGAIN { continue }
                guard result > 0, flags & SWIVEL_CQE_F_BUFFER != 0 else { return false }
                vainTurns = 0
                var place = position[Int(flags >> 16)]
                var left = Int(result)
                while left > 0 {
                    let id = order[place & (bufferCount - 1)]
                    let count = min(left, bufferBytes)
                    guard receivedSoFar + count <= sentCount, !held.contains(id) else { return false }
                    for offset in 0..<count where memory[id * bufferBytes + offset] != sent[receivedSoFar + offset] {
                        return false
                    }
                    receivedSoFar += count
                    left -= count
                    place += 1
                    held.append(id)
                }
            }
        }
        // What is still armed must not survive the memory it writes to.
        if isArmed, let entry = swivel_ring_entry(&ring) {
            swivel_prep_cancel(entry, 1, 2)
            vainTurns = 0
            while isArmed, vainTurns < vainTurnsMax {
                // A signal may break in; the answer comes all the same.
                _ = swivel_ring_enter(&ring, 1, turnNanoseconds)
                vainTurns += 1
                while let completion = swivel_ring_peek(&ring) {
                    if completion.pointee.user_data == 1, completion.pointee.flags & SWIVEL_CQE_F_MORE == 0 { isArmed = false }
                    swivel_ring_seen(&ring)
                }
            }
        }
        return receivedSoFar == sentCount && !isArmed
    }

    /// Whether a quiet send that goes only in part says so, with the count, and one that goes whole is silent.
    static func quietSendReportsShortSends(_ ring: inout swivel_ring) -> Bool {
        guard var pair = socketPair() else { return false }
        defer { close(&pair) }
        let large = [UInt8](repeating: 7, count: 4 << 20)
        func send(_ count: Int, token: UInt64) -> Int32? {
            guard let entry = swivel_ring_entry(&ring) else { return -EBUSY }
            let flags = UInt32(bitPattern: Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL) | Int32(MSG_WAITALL))
            return large.withUnsafeBytes { bytes in
                swivel_prep_send(entry, pair.0, bytes.baseAddress!, UInt32(count), flags, token)
                swivel_entry_is_quiet(entry)
                _ = swivel_ring_enter(&ring, 0, 0)
                guard let completion = swivel_ring_peek(&ring) else { return nil }
                defer { swivel_ring_seen(&ring) }
                return completion.pointee.res
            }
        }
        guard send(16, token: 1) == nil else { return false }
        guard let short = send(large.count, token: 2), short > 0, short < large.count else { return false }
        guard send(16, token: 3) == -EAGAIN else { return false }
        var waiting = 0
        var scratch = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = swivel_receive(pair.1, &scratch, scratch.count)
            guard count > 0 else { break }
            waiting += count
        }
        return waiting == 16 + Int(short)
    }

    private static func socketPair() -> (Int32, Int32)? {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { return nil }
        return (pair[0], pair[1])
    }

    private static func close(_ pair: inout (Int32, Int32)) {
        Glibc.close(pair.0)
        Glibc.close(pair.1)
    }
}
