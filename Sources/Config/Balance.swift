// How a backend picks its servers: by which policy and, where it hashes, by what.

extension Backend {
    /// What `--balance` says.
    public struct Balance: Equatable, Sendable {
        public var policy: Policy
        /// What a policy that hashes picks by; `source` where it does not hash.
        public var key: RequestKey

        public init(_ policy: Policy, key: RequestKey = .source) {
            self.policy = policy
            self.key = key
        }

        public enum Policy: BitwiseCopyable, Equatable, Sendable, CaseIterable {
            case roundRobin, leastConnections, powerOfTwo, ewma, random, first
            /// By a hash of the key over the weights; its name on the command line is the key's.
            case hash
            case maglev, ring

            /// Whether one key always has the same server, as long as servers stay.
            public var isHash: Bool {
                switch self {
                case .hash, .maglev, .ring: true
                case .roundRobin, .leastConnections, .powerOfTwo, .ewma, .random, .first: false
                }
            }
        }

        /// Whether one key always has the same server, as long as servers stay.
        public var isHash: Bool { policy.isHash }

        public static let roundRobin = Balance(.roundRobin)
        public static let leastConnections = Balance(.leastConnections)
        public static let powerOfTwo = Balance(.powerOfTwo)
        public static let ewma = Balance(.ewma)
        public static let random = Balance(.random)
        public static let first = Balance(.first)
        public static let source = Balance(.hash)
        public static let maglev = Balance(.maglev)
        public static let ring = Balance(.ring)
    }
}
