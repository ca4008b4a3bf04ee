// Which requests a route is for.

public import Codecs

/// Conditions of different kinds must all hold; of several of one kind, any. An empty list is no condition.
public struct RouteConditions: Hashable, Sendable {
    public var hosts: [HostPattern] = []
    /// Compared with the path once it is normalised: decoded, `//` merged, dot segments resolved, without its
    /// query.
    public var paths: [PathPattern] = []
    /// Compared as they are, letter for letter.
    public var methods: [String] = []
    /// Names in small letters, each once: all of them must hold.
    public var headers: [NamedPattern] = []
    /// Parameters of the query as they stand in the request, each name once: all of them must hold. Of several
    /// of a name the first one in the request counts.
    public var queries: [NamedPattern] = []
    /// Networks that the client is in; where a PROXY header names the client, it is that one.
    public var sources: [Network] = []
    /// The protocol that the request asks to change to, in small letters.
    public var upgrade: String?

    public init() {}

    /// Whether every request meets them.
    public var isEmpty: Bool { self == RouteConditions() }
}
