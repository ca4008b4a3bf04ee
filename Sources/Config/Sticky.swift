// By what a client keeps its server.

/// What `--sticky` says.
public enum Sticky: Equatable, Sendable {
    case off
    /// By a cookie of this name, which names the server.
    case cookie(String)
    /// By the client's address.
    case source
}
