// One line of the connection log, in the fields of HAProxy's tcplog, so that its readers (halog,
// GoAccess, log shippers) take it unmodified.
// Knows the order and spelling of the fields. Knows nothing of connections, files or clocks.

/// What one ended connection leaves behind.
///
/// A plain value: making and writing one neither allocates nor counts references, so a shard may
/// do it for every connection. Times are milliseconds, and -1 for what was never reached.
///
/// - SeeAlso: HAProxy configuration manual, section 8.2.2 (TCP log format) and 8.5 (session state
///   at disconnection).
// `@safe`: the three names are read in `write` only, and their setters say what that asks for.
@safe public struct TCPLogLine {
    public enum Client: Equatable, Sendable {
        case ipv4(host: UInt32, port: UInt16)
        case ipv6(high: UInt64, low: UInt64, port: UInt16)
        /// HAProxy prints the listener's number where a Unix socket has no address.
        case unix(listenerNumber: UInt32)
    }

    public var client: Client
    /// When the connection was accepted.
    public var acceptedUnixSeconds: Int64 = 0
    /// 0 to 999.
    public var acceptedMilliseconds: UInt32 = 0
    /// What local time is ahead of UTC (`tm_gmtoff`).
    public var zoneOffsetSeconds: Int = 0

    /// The frontend's name; the bytes must stay valid until `write` has returned. So must those of
    /// the backend and the server. Blanks and control bytes are written as `_`.
    public var frontend = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    public var backend = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    /// Empty where no server was chosen: written as `<NOSRV>`.
    public var server = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    /// Tw: waited in queues.
    public var queueMilliseconds: Int64 = -1
    /// Tc: waited for the server to accept.
    public var connectMilliseconds: Int64 = -1
    /// Tt: from accept to close.
    public var totalMilliseconds: Int64 = 0
    /// Bytes that went from the server to the client.
    public var bytesRead: UInt64 = 0

    /// First letter: which event ended the session (`C` client, `S` server, `P` proxy, `R` resource,
    /// `I` internal, `D` down, `L` local, `U` up, `K` killed, `c` and `s` their timeouts, `-` none).
    public var endedBy = UInt8(ascii: "-")
    /// Second letter: what the session was doing (`Q` queue, `C` connect, `D` data, `-` none).
    public var endedDuring = UInt8(ascii: "-")

    /// Connections at the time of logging: of the process, the frontend, the backend, the server.
    public var processConnections: Int = 0
    public var frontendConnections: Int = 0
    public var backendConnections: Int = 0
    public var serverConnections: Int = 0
    public var retries: Int = 0
    /// Whether a retry went to another server: HAProxy prints `+` before the retries then.
    public var isRedispatched = false
    /// Requests that were ahead in the server's queue, and in the backend's.
    public var serverQueue: Int = 0
    public var backendQueue: Int = 0

    public init(client: Client) {
        self.client = client
    }

    /// Room that every line fits in, newline included, besides its three names: 45 bytes of address,
    /// 28 of date, 13 numbers of at most 20, and the signs between them.
    public static let bytesMaxBesidesNames = 384

    /// Writes the line, its newline included, to the start of a buffer.
    ///
    /// - Returns: the bytes written. A line longer than the buffer is cut and still ends with a
    ///   newline, so that the next one stands alone.
    public func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count > 0 else { return 0 }
        // The caller lends the whole buffer for the length of this call, and bytes have no alignment.
        let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<(buffer.count - 1)])
            .bindMemory(to: UInt8.self)
        var output = unsafe OutputSpan(buffer: bytes, initializedCount: 0)
        writeFields(into: &output)
        let count = unsafe output.finalize(for: bytes)
        unsafe buffer[count] = UInt8(ascii: "\n")
        return count + 1
    }

    private func writeFields(into output: inout OutputSpan<UInt8>) {
        writeClientAndDate(into: &output)
        writeNames(into: &output)
        output.put(UInt8(ascii: " "))
        writeNumbers(into: &output)
    }

    /// `10.0.1.2:33317 [20/Nov/2026:12:00:00.123] `.
    func writeClientAndDate(into output: inout OutputSpan<UInt8>) {
        writeClient(into: &output)
        output.put(" [")
        writeDate(into: &output)
        output.put("] ")
    }

    /// `10.0.1.2:33317`; an IPv6 address stands bare before its port, as HAProxy writes it.
    private func writeClient(into output: inout OutputSpan<UInt8>) {
        let number: UInt32
        switch client {
        case .ipv4(let host, let port):
            IPv4Text.write(host, into: &output)
            number = UInt32(port)
        case .ipv6(let high, let low, let port):
            IPv6Text.write(high: high, low: low, into: &output)
            number = UInt32(port)
        case .unix(let listenerNumber):
            output.put("unix")
            number = listenerNumber
        }
        output.put(UInt8(ascii: ":"))
        DecimalText.write(UInt64(number), into: &output)
    }

    /// `20/Nov/2026:12:00:00.123`.
    private func writeDate(into output: inout OutputSpan<UInt8>) {
        CivilTime(unixSeconds: acceptedUnixSeconds, offsetSeconds: zoneOffsetSeconds).writeLogDate(into: &output)
        output.put(UInt8(ascii: "."))
        DecimalText.write(UInt64(Swift.min(acceptedMilliseconds, 999)), digitsMin: 3, into: &output)
    }

    /// `frontend backend/server`.
    private func writeNames(into output: inout OutputSpan<UInt8>) {
        unsafe Self.writeName(frontend, into: &output)
        output.put(UInt8(ascii: " "))
        unsafe Self.writeName(backend, into: &output)
        output.put(UInt8(ascii: "/"))
        if unsafe server.isEmpty {
            output.put("<NOSRV>")
        } else {
            unsafe Self.writeName(server, into: &output)
        }
    }

    /// Fields are parted by blanks and lines by newlines: a name holds neither in the log, whatever
    /// it holds in the configuration.
    private static func writeName(_ name: UnsafeRawBufferPointer, into output: inout OutputSpan<UInt8>) {
        // The names are valid until `write` returns: that is asked of whoever sets them.
        let bytes = unsafe Span(_unsafeElements: name.bindMemory(to: UInt8.self))
        for index in bytes.indices {
            let byte = bytes[index]
            output.put(byte > 0x20 && byte != 0x7f ? byte : UInt8(ascii: "_"))
        }
    }

    /// `Tw/Tc/Tt bytes TT ac/fc/bc/sc/rc sq/bq`.
    private func writeNumbers(into output: inout OutputSpan<UInt8>) {
        DecimalText.write(queueMilliseconds, into: &output)
        Self.write("/", connectMilliseconds, into: &output)
        Self.write("/", totalMilliseconds, into: &output)
        output.put(UInt8(ascii: " "))
        DecimalText.write(bytesRead, into: &output)
        output.put(UInt8(ascii: " "))
        output.put(endedBy)
        output.put(endedDuring)
        Self.write(" ", Int64(processConnections), into: &output)
        Self.write("/", Int64(frontendConnections), into: &output)
        Self.write("/", Int64(backendConnections), into: &output)
        Self.write("/", Int64(serverConnections), into: &output)
        Self.write(isRedispatched ? "/+" : "/", Int64(retries), into: &output)
        Self.write(" ", Int64(serverQueue), into: &output)
        Self.write("/", Int64(backendQueue), into: &output)
    }

    private static func write(_ mark: StaticString, _ value: Int64, into output: inout OutputSpan<UInt8>) {
        output.put(mark)
        DecimalText.write(value, into: &output)
    }
}
