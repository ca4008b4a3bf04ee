// One request that a client has begun to send, and what became of it: the judges' record.

final class Asked {
    /// How it ended for its client.
    enum Fate {
        /// With a server's answer, whole.
        case answered(Attempt)
        /// With an answer that the balancer made itself.
        case refused(status: Int)
        /// In the middle of an answer.
        case cut
        /// Without one.
        case unanswered
    }

    let id: Int
    let plan: RequestPlan
    unowned(unsafe) let client: HTTPClient
    /// Where it begins and ends in what its client says; the end is unknown while a body is held back.
    let start: Int
    var headBytes = 0
    var end: Int?
    /// The body is never sent, as the answer came first.
    var isBodyKept = false
    /// When nothing could have moved it, and did, and what had moved by then.
    var idleSince: UInt64?
    var progressSeen = 0
    /// Servers that saw it, in order.
    var attempts: [Attempt] = []
    /// Connections to servers on which a part of its head was written, and no more.
    var partialLines: [ServerLine] = []
    var fate: Fate?
    /// The world's failures before it began.
    let troublesBefore: Int

    init(id: Int, _ plan: RequestPlan, _ client: HTTPClient, start: Int, troublesBefore: Int) {
        self.id = id
        self.plan = plan
        self.client = client
        self.start = start
        self.troublesBefore = troublesBefore
    }

    /// A server that saw some of it went away, or did something wrong.
    var hasServerFailed: Bool {
        attempts.contains(where: \.hasServerFailed) || partialLines.contains { $0.isLeft || $0.hasFailed }
    }

    var isAnswered: Bool { if case .answered? = fate { true } else { false } }
}
