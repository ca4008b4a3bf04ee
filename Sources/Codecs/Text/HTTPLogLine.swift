// One line of the access log. Knows what is known of an exchange, and how long a line may be. Knows nothing
// of connections, files or clocks.

/// What one exchange of a request and its response leaves behind: also one that was refused, or failed.
///
/// A plain value: making and writing one neither allocates nor counts references. The texts are places in
/// memory that must stay valid until `write` has returned. What is in them may be any bytes: they are escaped,
/// and cut at a bound each, so that a line is whole and stands alone whatever a client sends.
// `@safe`: the texts are read in `write` only, and what that asks for is said above.
@safe public struct HTTPLogLine {
    public typealias Client = TCPLogLine.Client
    public typealias Text = UnsafeRawBufferPointer

    /// A text that is not there.
    public static var noText: Text { unsafe Text(start: nil, count: 0) }

    public var client: Client
    /// When the request began: its first byte.
    public var acceptedUnixSeconds: Int64 = 0
    /// 0 to 999.
    public var acceptedMilliseconds: UInt32 = 0
    /// What local time is ahead of UTC (`tm_gmtoff`).
    public var zoneOffsetSeconds: Int = 0

    public var frontend = unsafe HTTPLogLine.noText
    /// Empty where none was chosen.
    public var backend = unsafe HTTPLogLine.noText
    /// Empty where none was chosen.
    public var server = unsafe HTTPLogLine.noText
    /// `10.0.0.1:8000`, as `AddressText` writes it.
    public var serverAddress = unsafe HTTPLogLine.noText

    /// Empty where the request line could not be read; then the target and `proto` are not written either.
    public var method = unsafe HTTPLogLine.noText
    /// As the client sent it.
    public var target = unsafe HTTPLogLine.noText
    public var proto: StaticString = "HTTP/1.1"
    /// The authority of the target, else the Host field's value.
    public var host = unsafe HTTPLogLine.noText
    /// The port that the client came to, for `vcombined`; 0: a Unix socket.
    public var listenerPort: UInt16 = 0
    public var referer = unsafe HTTPLogLine.noText
    public var userAgent = unsafe HTTPLogLine.noText
    public var requestID = unsafe HTTPLogLine.noText
    /// The fields that a template asks for (`LogTemplateText.fieldNames`), one behind the other.
    public var fieldTexts = unsafe HTTPLogLine.noText
    public var fieldCounts = InlineArray<8, UInt16>(repeating: 0)

    /// What the client was sent; 0: nothing. (nginx's number for a client that left before is 499.)
    public var status: Int = 0
    /// What the server asked made of it, or the client was sent in its place; 0: none was asked, or nothing came of it.
    public var serverStatus: Int = 0
    /// Bytes of the request, its head included.
    public var bytesIn: UInt64 = 0
    /// Bytes of the response, its head included.
    public var bytesOut: UInt64 = 0
    /// Bytes of the response's body.
    public var bodyBytesOut: UInt64 = 0

    /// The request's first byte to the end of its head; -1, as below: never reached.
    public var requestNanoseconds: Int64 = -1
    /// Waited in queues.
    public var queueNanoseconds: Int64 = -1
    /// Waited for a connection to the server; 0 where one was there.
    public var connectNanoseconds: Int64 = -1
    /// From the connection to the end of the response's head.
    public var headerNanoseconds: Int64 = -1
    /// From asking a server for a connection to the end; where there were several, the last one.
    public var serverNanoseconds: Int64 = -1
    /// From the request's first byte to the response's last.
    public var totalNanoseconds: Int64 = 0

    public var retries: Int = 0
    /// Whether a retry went to another server.
    public var isRedispatched = false
    /// Whether the server's connection had served another request before.
    public var isReused = false
    /// HAProxy's letters (section 8.5): who ended the exchange, and what it was doing.
    public var endedBy = UInt8(ascii: "-")
    public var endedDuring = UInt8(ascii: "-")
    /// Why it was refused or failed, by a name of letters, digits and signs that need no escape; empty: it was not.
    public var reason: StaticString = ""
    public var shard: Int = 0

    /// Of a WebSocket session, in frame mode; `nil`: it was none, or no close came.
    public var wsCloseCode: UInt16?
    /// Messages of the client and of the server; `nil`: it was none.
    public var wsMessagesIn: UInt64?
    public var wsMessagesOut: UInt64?

    /// Connections at the time of logging: of the process, the frontend, the backend, the server.
    public var processConnections: Int = 0
    public var frontendConnections: Int = 0
    public var backendConnections: Int = 0
    public var serverConnections: Int = 0
    /// Requests that were ahead in the server's queue, and in the backend's.
    public var serverQueue: Int = 0
    public var backendQueue: Int = 0

    public init(client: Client) {
        self.client = client
    }

    /// How much of a text is written, escapes included.
    static let targetBytesMax = 2_048
    static let refererBytesMax = 1_024
    static let userAgentBytesMax = 512
    static let hostBytesMax = 256
    static let requestIDBytesMax = 128
    static let nameBytesMax = 128
    static let methodBytesMax = 32
    static let reasonBytesMax = 64
    /// Of a request's field that a template asks for.
    public static let fieldBytesMax = 1_024

    /// Room that every line fits in, newline included: 4,496 bytes of texts, 1,000 of keys and numbers.
    public static let bytesMax = 5_632

    /// Writes the line, its newline included, to the start of a buffer.
    ///
    /// - Returns: the bytes written. With less room than `bytesMax` a line may be cut; it still ends with a
    ///   newline, so that the next one stands alone.
    public func write(_ format: HTTPLogFormat, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count > 0 else { return 0 }
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<(buffer.count - 1)])
        let count = unsafe room.filled { output in
            switch format {
            case .combined: writeCombined(into: &output)
            case .common: writeCommon(bytes: bodyBytesOut, into: &output)
            case .vcombined: writeVirtualCombined(into: &output)
            case .haproxy: writeHAProxy(into: &output)
            case .json: writeJSON(into: &output)
            }
        }
        unsafe buffer[count] = UInt8(ascii: "\n")
        return count + 1
    }

    /// Writes the line as a template has it, its newline included, to the start of a buffer.
    ///
    /// - Parameter buffer: `LogTemplateText.lineBytesMax` bytes of room suffice for every line.
    /// - Returns: the bytes written. With less room a line may be cut; it still ends with a newline.
    public func write(_ template: LogTemplate, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count > 0 else { return 0 }
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<(buffer.count - 1)])
        let count = unsafe room.filled { output in write(template, into: &output) }
        unsafe buffer[count] = UInt8(ascii: "\n")
        return count + 1
    }

    /// `GET /index.html HTTP/1.1`, or `nothing` where the request line could not be read.
    func writeRequest(_ escape: LogEscape, orElse nothing: StaticString, into output: inout OutputSpan<UInt8>) {
        guard unsafe !method.isEmpty else { return output.put(nothing) }
        unsafe output.put(method, escaped: escape, bytesMax: Self.methodBytesMax)
        output.put(UInt8(ascii: " "))
        unsafe output.put(target, escaped: escape, bytesMax: Self.targetBytesMax)
        output.put(UInt8(ascii: " "))
        output.put(proto)
    }

    var hasReason: Bool { reason.utf8CodeUnitCount > 0 }
}
