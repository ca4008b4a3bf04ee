// The conditions of rules as plain values, which lie in rows: a rule has a run of each kind.

enum RouteTest {
    /// Some of a row.
    struct Run: BitwiseCopyable {
        var start: UInt32 = 0
        var count: UInt32 = 0

        @inline(__always)
        var indices: Range<Int> { Int(start)..<Int(start) &+ Int(count) }
    }

    struct Rule: BitwiseCopyable {
        var methods = Run()
        var paths = Run()
        var headers = Run()
        var queries = Run()
        var networks = Run()
        /// Bytes.
        var upgrade = Run()
        var sparesSecure = false
    }

    struct Path: BitwiseCopyable {
        enum Kind: BitwiseCopyable {
            case exact, prefix
            /// The same, or all of it but the slash at its end.
            case below
            case expression
        }

        let kind: Kind
        /// Bytes; of an expression its number.
        let text: Run
    }

    struct Value: BitwiseCopyable {
        let isPrefix: Bool
        /// Bytes.
        let text: Run
    }

    struct Named: BitwiseCopyable {
        /// Of a header, in `RouteHeaderNames`.
        let place: Int
        /// Of a parameter; bytes.
        let name: Run
        /// None: it is enough that it is there.
        let values: Run
    }

    struct Network: BitwiseCopyable {
        let high: UInt64
        let low: UInt64
        let highMask: UInt64
        let lowMask: UInt64
    }
}
