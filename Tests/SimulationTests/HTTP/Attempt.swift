// One request as one server saw it, and what that server answered.

final class Attempt {
    let asked: Asked
    /// Unique among all answers; names the stream of the body.
    let serial: Int
    unowned(unsafe) let line: ServerLine
    /// Where it stands in what the server is told; the end is known once the body has come.
    let headEnd: Int
    var end: Int?
    /// Bytes of the body that were written to the server.
    var bodyCount = 0
    var isWhole: Bool { end != nil }
    /// What the shard had read of the server as the first byte was written.
    let readBefore: Int
    /// Once it is decided.
    var answer: Answer?
    /// Where the answer begins and ends in what the server says.
    var answerStart: Int?
    var answerEnd: Int?
    /// An answer that came before the request was whole.
    var isEarly = false

    init(_ asked: Asked, serial: Int, _ line: ServerLine, headEnd: Int, readBefore: Int) {
        self.asked = asked
        self.serial = serial
        self.line = line
        self.headEnd = headEnd
        self.readBefore = readBefore
    }

    /// The stream of which the body is the beginning.
    var stream: Int { 2_000_000 + serial }

    /// The shard has the whole answer.
    var isAnswerRead: Bool { answerEnd.map { line.shardRead >= $0 } ?? false }
    /// The shard has read some of an answer.
    var isAnswerBegun: Bool { line.shardRead > readBefore }
    /// Its server went away, or was told to do something wrong.
    var hasServerFailed: Bool { line.hasFailed || answer?.fault != nil || (line.isLeft && answer == nil) }
}
