// A text with variables, which each request gives their values.

/// The value of a field, or where a client is sent to.
public struct TextTemplate: Equatable, Sendable {
    /// In their order; no two texts follow one another, and none is empty.
    public var pieces: [Piece]

    public init(pieces: [Piece] = []) {
        self.pieces = pieces
    }

    public enum Piece: Equatable, Sendable {
        case text(String)
        case variable(Variable)
    }

    /// Named as in nginx.
    public enum Variable: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        /// Of the request, without its port.
        case host
        /// Path and query as the client wrote them.
        case requestURI = "request_uri"
        /// The path alone.
        case uri
        /// The query, without its question mark.
        case args
        /// `http` or `https`.
        case scheme
        case remoteAddress = "remote_addr"
        case requestID = "request_id"
        /// The frontend's name.
        case serverName = "server_name"
    }
}
