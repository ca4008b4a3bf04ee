// What a route asks of a request, as plain values. Knows neither how an operator spells it nor what follows
// from a match.

/// The conditions of one route. Those of different kinds must all hold; of several of one kind any one must.
/// An empty list asks nothing.
public struct RouteRule: Sendable {
    public enum Host: Equatable, Sendable {
        case exact(String)
        /// Any depth below the name, and not the name itself: `*.a.com` is `below("a.com")`.
        case below(String)
    }

    public enum Path: Equatable, Sendable {
        case exact(String)
        /// What stands before the `*`. Where that ends with a slash, the path without it fits too.
        case prefix(String)
        /// A `PathExpression`.
        case expression(String)
    }

    public enum Value: Equatable, Sendable {
        case exact(String)
        case prefix(String)
    }

    /// A header or a parameter of the query.
    public struct Named: Equatable, Sendable {
        public var name: String
        /// Any of them; none: it is enough that it is there.
        public var values: [Value]

        public init(_ name: String, _ values: [Value] = []) {
            self.name = name
            self.values = values
        }
    }

    /// A network of addresses of 128 bits, IPv4 as `::ffff:a.b.c.d`: `10.0.0.0/8` has 104 bits.
    public struct Network: Equatable, Sendable {
        public var high: UInt64
        public var low: UInt64
        /// 0 to 128 from the front that an address has in common with it.
        public var bits: Int

        public init(high: UInt64, low: UInt64, bits: Int) {
            self.high = high
            self.low = low
            self.bits = bits
        }
    }

    /// Compared without case, without a port and without a dot at the end.
    public var hosts: [Host]
    public var paths: [Path]
    public var methods: [String]
    /// By names without case. Of several with the same name any one must hold, and of several such fields any will do.
    public var headers: [Named]
    /// By names with case. Of several with the same name any one must hold.
    public var queries: [Named]
    public var networks: [Network]
    /// A protocol that the request asks to upgrade to, compared without case.
    public var upgrade: String?
    /// Not for a client that came by https.
    public var sparesSecure: Bool

    public init(
        hosts: [Host] = [], paths: [Path] = [], methods: [String] = [], headers: [Named] = [], queries: [Named] = [],
        networks: [Network] = [], upgrade: String? = nil, sparesSecure: Bool = false
    ) {
        self.hosts = hosts
        self.paths = paths
        self.methods = methods
        self.headers = headers
        self.queries = queries
        self.networks = networks
        self.upgrade = upgrade
        self.sparesSecure = sparesSecure
    }
}
