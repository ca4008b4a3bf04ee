// What a policy that hashes picks a server by.

/// The key of `--balance`. All but `source` are read from requests, and so need http mode.
public enum RequestKey: Equatable, Sendable {
    /// The client's address.
    case source
    /// The path, without its query: as HAProxy's `balance uri`.
    case uri
    /// The value of a field of the head, by its name.
    case header(String)
    /// The value of a cookie, by its name.
    case cookie(String)
    /// The value of a parameter of the query, by its name.
    case query(String)

    /// Whether it is read from a request.
    public var isOfRequest: Bool {
        switch self {
        case .source: false
        case .uri, .header, .cookie, .query: true
        }
    }
}
