// The variables of log templates by name. Knows how many bytes each may take. How they are written stands in
// TemplateLog.

/// What an exchange has under a name of its own: nginx's names first, with nginx's meanings, then ours. A
/// variable that there is nothing of is written as `-`.
///
/// - SeeAlso: nginx documentation, ngx_http_core_module, ngx_http_log_module and ngx_http_upstream_module,
///   "Embedded Variables".
enum LogVariable: String, BitwiseCopyable, Sendable, CaseIterable {
    case remoteAddress = "remote_addr"
    case remotePort = "remote_port"
    /// Always `-`: nobody logs in here.
    case remoteUser = "remote_user"
    /// Times of day are those of the line, when the exchange has ended.
    case localTime = "time_local"
    case isoTime = "time_iso8601"
    case unixTime = "msec"
    case request
    case method = "request_method"
    /// As the client sent it, the query included.
    case requestURI = "request_uri"
    /// The path as routes compare it: decoded, dots resolved, without the query.
    case uri
    case arguments = "args"
    case queryString = "query_string"
    case serverProtocol = "server_protocol"
    case status
    case bodyBytesSent = "body_bytes_sent"
    case bytesSent = "bytes_sent"
    case requestLength = "request_length"
    case requestTime = "request_time"
    /// Of several servers tried, the last.
    case upstreamAddress = "upstream_addr"
    case upstreamStatus = "upstream_status"
    case upstreamConnectTime = "upstream_connect_time"
    case upstreamHeaderTime = "upstream_header_time"
    case upstreamResponseTime = "upstream_response_time"
    case referer = "http_referer"
    case userAgent = "http_user_agent"
    case hostField = "http_host"
    /// In lower case, without port; the frontend's name where the request has none.
    case host
    case requestID = "request_id"
    /// The frontend's name.
    case serverName = "server_name"
    case serverPort = "server_port"

    case backend
    case server
    case retries
    /// HAProxy's two letters of the ending.
    case ending = "term"
    case reason
    case queueTime = "queue_time"
    case closeCode = "ws_close_code"
    case messagesIn = "ws_msgs_in"
    case messagesOut = "ws_msgs_out"

    /// The last byte count that it is written in.
    var bytesMax: Int {
        switch self {
        // An IPv6 address with an IPv4 tail has 45.
        case .remoteAddress: 45
        case .remoteUser: 1
        case .remotePort, .serverPort, .closeCode: 5
        case .localTime: 26
        case .isoTime: 25
        case .unixTime, .requestTime, .upstreamConnectTime, .upstreamHeaderTime, .upstreamResponseTime, .queueTime: 24
        case .request: HTTPLogLine.methodBytesMax + HTTPLogLine.targetBytesMax + 10
        case .method: HTTPLogLine.methodBytesMax
        case .requestURI, .uri, .arguments, .queryString: HTTPLogLine.targetBytesMax
        case .serverProtocol: 8
        case .status, .bodyBytesSent, .bytesSent, .requestLength, .upstreamStatus: DecimalText.digitsMax
        case .retries, .messagesIn, .messagesOut: DecimalText.digitsMax
        case .upstreamAddress: AddressText.bytesMax
        case .referer: HTTPLogLine.refererBytesMax
        case .userAgent: HTTPLogLine.userAgentBytesMax
        case .hostField, .host: HTTPLogLine.hostBytesMax
        case .requestID: HTTPLogLine.requestIDBytesMax
        case .serverName, .backend, .server: HTTPLogLine.nameBytesMax
        case .ending: 2
        case .reason: HTTPLogLine.reasonBytesMax
        }
    }
}
