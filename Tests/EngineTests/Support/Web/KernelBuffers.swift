// How much this machine's kernel may take by itself of what is sent.

import Glibc

enum KernelBuffers {
    /// Bytes that a TCP socket may hold for a peer that takes nothing, where nobody has set a size: they grow on their
    /// own up to net.ipv4.tcp_wmem's last number.
    static let sendBytesMax: Int = {
        guard let file = fopen("/proc/sys/net/ipv4/tcp_wmem", "r") else { return 4 << 20 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 4 << 20 }
        let numbers = line.prefix { $0 != 0 }.split { $0 == 9 || $0 == 32 || $0 == 10 }
        return numbers.last.flatMap { Int(String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self)) } ?? 4 << 20
    }()
}
