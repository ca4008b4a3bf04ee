// What became of one WebSocket of a simulated run, for named tests to look at.

struct TunnelFate {
    /// What one end was told.
    struct Told {
        var close: UInt16?
        var isCloseOurs: Bool
        /// Virtual nanoseconds from the start.
        var closedAt: UInt64
        var pings: Int
        var messages: Int
        /// Nothing of what the other end said before its close, or before what was against the rules, is missing.
        var isAll: Bool

        init(_ end: TunnelEnd?, _ passage: Passage, since start: UInt64) {
            close = passage.closeTold
            isCloseOurs = passage.isCloseOurs
            closedAt = end?.ownCloseAt.map { $0 - start } ?? 0
            pings = end?.ownPingCount ?? 0
            messages = passage.messagesTold
            isAll = !passage.isOwed(readCount: .max)
        }
    }

    var isOpen: Bool
    var wasAbrupt: Bool
    var openedAt: UInt64
    var endedAt: UInt64
    var client: Told
    var server: Told

    init(_ meeting: Meeting, since start: UInt64) {
        isOpen = meeting.isOpen
        wasAbrupt = meeting.wasAbrupt
        openedAt = max(meeting.openedAt, start) - start
        endedAt = max(meeting.endedAt, start) - start
        client = Told(meeting.client, meeting.down, since: start)
        server = Told(meeting.server, meeting.up, since: start)
    }
}
