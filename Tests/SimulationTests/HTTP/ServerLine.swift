// One connection from the shard to a server, as the judges see it: what was written there, request by request.

final class ServerLine {
    let link: Link?
    /// The server's place among the servers.
    let server: Int
    let reader = MessageReader(.requests)
    var attempts: [Attempt] = []
    /// What the shard has read of the server; of a line without a link, kept by its maker.
    var plainRead = 0
    var shardRead: Int { link?.inbound.read ?? plainRead }
    /// What the shard had read as the first byte of the request at hand was written.
    var readBefore = 0
    /// Of the head at hand, which is not whole: whose it is has been noted.
    var isPartialKnown = false
    /// The server has reset the connection, or closed it within a request or an answer.
    var hasFailed = false
    /// The server is no longer there.
    var isLeft = false
    /// Exchanges that it holds a place for.
    var isBusy: Bool {
        guard !(link?.isClosing ?? false), !isLeft, !hasFailed, let last = attempts.last else { return false }
        return !last.isAnswerRead
    }

    init(_ link: Link?, server: Int) {
        self.link = link
        self.server = server
    }
}
