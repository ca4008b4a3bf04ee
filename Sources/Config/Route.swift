// One rule of a frontend: which requests it is for, and what becomes of them.

/// One route. Of those of a frontend the first that matches a request wins.
public struct Route: Equatable, Sendable {
    /// As it was written, `MATCH -> TARGET`, with one blank between its words.
    public var text: String
    public var conditions: RouteConditions
    public var target: Target
    /// What is changed in its messages, after what the frontend changes.
    public var rewriting = Rewriting()

    public init(text: String, conditions: RouteConditions, target: Target) {
        self.text = text
        self.conditions = conditions
        self.target = target
    }

    public enum Target: Equatable, Sendable {
        /// The name of a backend, which exists.
        case backend(String)
        /// 301, 302, 307 or 308, and where to; what the variables stand for is copied as the request has it.
        case redirect(status: Int, url: TextTemplate)
        /// 301 to the same host, without its port, and the same URI, by https.
        case redirectToHTTPS
        /// A status from 200 to 599; the body is the file, or a line of text where there is none.
        case respond(status: Int, StaticFile?)
        /// 403.
        case deny
    }
}
