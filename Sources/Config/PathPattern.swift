// Which paths a condition is for.

/// A pattern of normalised paths.
public enum PathPattern: Hashable, Sendable {
    /// `/exact`.
    case exact(String)
    /// `/api/*`, which is here `/api/`. Where it ends in a slash, it is also for the path without that: `/api`.
    case prefix(String)
    /// A regular expression, which may match anywhere in the path; it compiles.
    case expression(String)
}
