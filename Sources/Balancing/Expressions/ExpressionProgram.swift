// An expression as nodes that lead to one another (Thompson's construction): repetitions are written out.

struct ExpressionProgram {
    enum Node {
        case byte(ByteSet, next: Int)
        case start(next: Int)
        case end(next: Int)
        case split(Int, Int)
        case accept
    }

    /// Nodes of a program. What is worked out of them grows with their square, so this bounds that too.
    static let nodesMax = 4_096

    private(set) var nodes: [Node] = [.accept]
    private(set) var entry = 0

    init(_ tree: ExpressionTree) throws(ExpressionFault) {
        // Counted before it is built: repetitions in one another multiply.
        guard tree.nodeCount(bound: Self.nodesMax) < Self.nodesMax else {
            throw ExpressionFault(
                offset: 0,
                problem: "with its repetitions written out the expression has more than \(Self.nodesMax) places; repeat less")
        }
        entry = append(tree, next: 0)
    }

    /// Adds nodes for the tree in front of `next`; answers the first of them.
    private mutating func append(_ tree: ExpressionTree, next: Int) -> Int {
        switch tree {
        case .nothing: return next
        case .byte(let set): return append(.byte(set, next: next))
        case .start: return append(.start(next: next))
        case .end: return append(.end(next: next))
        case .sequence(let parts): return parts.reversed().reduce(next) { append($1, next: $0) }
        case .choice(let parts):
            let entries = parts.map { append($0, next: next) }
            return entries.dropFirst().reduce(entries[0]) { append(.split($0, $1)) }
        case .repetition(let part, let least, let most):
            var entry = next
            if let most {
                // Each leads straight to the end, so that a long row of them is no long way.
                for _ in least..<most { entry = append(.split(append(part, next: entry), next)) }
            } else {
                let loop = append(.split(next, next))
                let body = append(part, next: loop)
                nodes[loop] = .split(body, next)
                entry = loop
            }
            for _ in 0..<least { entry = append(part, next: entry) }
            return entry
        }
    }

    private mutating func append(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }
}
