// Which hosts a condition is for.

/// A host, or all below one; in small letters, without a port and a final dot.
public enum HostPattern: Hashable, Sendable {
    /// `a.com`.
    case exact(String)
    /// `*.a.com`, which is here `a.com`: every host that ends in `.a.com`, at any depth, and not a.com itself.
    case below(String)
}
