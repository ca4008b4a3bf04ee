// What became of one request of a simulated run, for named tests to look at.

struct ExchangeFate {
    enum Ending: Equatable {
        /// By a server, with this status and a body of so many bytes.
        case answered(status: Int, bodyCount: Int)
        /// By the balancer itself.
        case refused(status: Int)
        case cut, unanswered
        /// Its client left before.
        case open
    }

    var method: String
    /// How many servers saw it.
    var attemptCount: Int
    /// How many of them saw it whole.
    var wholeCount: Int
    var ending: Ending

    init(_ asked: Asked) {
        method = asked.plan.method
        attemptCount = asked.attempts.count
        wholeCount = asked.attempts.count { $0.isWhole }
        switch asked.fate {
        case .answered(let attempt)?: ending = .answered(status: attempt.answer!.status, bodyCount: attempt.answer!.bodyCount)
        case .refused(let status)?: ending = .refused(status: status)
        case .cut?: ending = .cut
        case .unanswered?: ending = .unanswered
        case nil: ending = .open
        }
    }

    var isAnswered: Bool { if case .answered = ending { true } else { false } }
}
