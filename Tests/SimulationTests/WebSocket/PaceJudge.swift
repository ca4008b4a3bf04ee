// Whether new WebSockets went on at their pace: no faster, no slower while somebody waited, in the order in which they
// had asked, and nobody was sent away for whom there was time.

import Config

@testable import Engine

/// Looks back at the end of a run in which nothing but the pace kept a request from its server.
struct PaceJudge {
    private struct Wait {
        enum Outcome { case admitted, refused, left }

        let id: Int
        let since: UInt64
        let until: UInt64
        let outcome: Outcome
    }

    private let ledger: TunnelLedger
    private let intervalNanoseconds: UInt64
    private let patienceNanoseconds: UInt64
    /// How late a moment may be used: what a shard needs that takes one completion in a turn, and has dozens.
    private let slackNanoseconds: UInt64
    private let waits: [Wait]
    /// When requests went on: a connection to a server was asked for.
    private let admissions: [UInt64]

    /// `nil` where there is no pace, or where servers failed: then requests go on more than once.
    init?(_ ledger: TunnelLedger) {
        guard let world = ledger.world, let pace = ledger.settings.pace, world.troubles == 0, !world.isOutOfTime else {
            return nil
        }
        self.ledger = ledger
        let scenario = world.scenario
        intervalNanoseconds = pace.periodMilliseconds * 1_000_000 / UInt64(pace.count)
        patienceNanoseconds = scenario.queueTimeout * 1_000_000
        let patient: UInt64 = scenario.habits.completionsMax < 16 ? 150_000_000 : 100_000_000
        slackNanoseconds = patient + 4 * scenario.habits.latency.upperBound
        admissions = world.links.filter { $0.role == .server }.map(\.openedAt).sorted()
        // Of those who left before a server was told, somebody may have been let through.
        let known = Set(ledger.meetings.compactMap { $0.server?.link.openedAt })
        var unknown = admissions.filter { !known.contains($0) }
        var waits: [Wait] = []
        for meeting in ledger.meetings.sorted(by: { $0.requestReadAt ?? .max < $1.requestReadAt ?? .max }) {
            guard var wait = Self.wait(meeting, until: ledger.drainingSince ?? world.now) else { continue }
            if wait.outcome == .left, let place = unknown.firstIndex(where: { $0 >= wait.since && $0 <= wait.until }) {
                wait = Wait(id: wait.id, since: wait.since, until: unknown.remove(at: place), outcome: .admitted)
            }
            waits.append(wait)
        }
        self.waits = waits
    }

    private static func wait(_ meeting: Meeting, until end: UInt64) -> Wait? {
        guard let since = meeting.requestReadAt, since < end, meeting.expectedStatus ?? 101 == 101 else { return nil }
        let admitted = meeting.server?.link.openedAt ?? .max
        let refused = meeting.refusedAt ?? .max
        let link = meeting.client.link
        let until = min(admitted, refused, link.goneAt ?? .max, link.closedAt ?? .max, end)
        let outcome = until == admitted ? Wait.Outcome.admitted : until == refused && refused < end ? .refused : .left
        return Wait(id: meeting.id, since: since, until: max(since, until), outcome: outcome)
    }

    func judge() {
        judgePace()
        // A moment of another shard's is not this one's to give.
        guard ledger.world?.scenario.shardCount == 1 else { return }
        for wait in waits {
            judgePatience(wait)
            judgeProgress(wait)
            judgeOrder(wait)
        }
    }

    /// In no window more than its share, and one.
    private func judgePace() {
        for first in admissions.indices {
            for last in admissions.indices[first...].dropFirst() {
                let least = UInt64(last - first) * intervalNanoseconds
                guard admissions[last] - admissions[first] + slackNanoseconds < least else { continue }
                let milliseconds = (admissions[last] - admissions[first]) / 1_000_000
                return ledger.fail("\(last - first + 1) WebSockets go on in \(milliseconds) ms, faster than their pace")
            }
        }
    }

    private func judgePatience(_ wait: Wait) {
        if wait.until - wait.since > patienceNanoseconds + slackNanoseconds {
            ledger.fail("the request for tunnel \(wait.id) waits \((wait.until - wait.since) / 1_000_000) ms for its pace")
        }
        guard wait.outcome == .refused else { return }
        let others = waits.count { $0.id != wait.id && $0.since <= wait.until && $0.until > wait.until }
        // One moment more: of those who have left the next may be to come.
        let turn = wait.until + UInt64(others + 1) * intervalNanoseconds
        if turn + slackNanoseconds < wait.since + patienceNanoseconds {
            ledger.fail("the request for tunnel \(wait.id) is refused, and its turn was \(others) later: the pace loses moments")
        }
    }

    /// While somebody waits, somebody goes on in every interval.
    private func judgeProgress(_ wait: Wait) {
        var due = wait.since + intervalNanoseconds
        func expect(by time: UInt64) {
            guard due + slackNanoseconds < time else { return }
            let late = (time - due) / 1_000_000
            ledger.fail("nobody goes on for \(late) ms, and the request for tunnel \(wait.id) waits: a moment is lost")
        }
        for admission in admissions where admission > wait.since && admission <= wait.until {
            expect(by: admission)
            due = admission + intervalNanoseconds
        }
        if wait.outcome != .admitted { expect(by: wait.until) }
    }

    private func judgeOrder(_ wait: Wait) {
        for other in waits where other.outcome == .admitted && wait.since + slackNanoseconds < other.since {
            if other.until + slackNanoseconds < wait.until {
                ledger.fail("the request for tunnel \(other.id) goes on before that for \(wait.id), which came earlier")
            }
        }
    }
}
