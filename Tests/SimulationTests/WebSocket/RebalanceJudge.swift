// Whether rebalancing closes what it may: of servers above their share, no more than the operator's part in a period,
// evenly over it, and the oldest. By what the world sees of servers, at the moments at which shards look at theirs.

import Config

@testable import Engine

final class RebalanceJudge {
    /// What may be closed of one server's in a period.
    private struct Allowance {
        var from: UInt64 = 0
        var quota = 0
        /// Closes of earlier periods that wait for the end of a frame, or for a client that takes nothing.
        var carried = 0
        var told = 0
    }

    /// What there is on a server, at least and at most.
    private struct Load {
        /// Tunnels that stand, and that nobody has begun to close.
        var staying = 0
        /// Those and what connects, ends, or is just gone.
        var most = 0
        var leaving = 0
    }

    private unowned(unsafe) let ledger: TunnelLedger
    private let percent: Int
    private let periodNanoseconds: UInt64
    /// By shard: in which period its last turn was.
    private var periods: [UInt64]
    private var allowances: [Allowance]
    private var closed: [Meeting] = []
    private(set) var toldCount = 0

    init(_ rebalance: WebSocketOptions.Rebalance, _ ledger: TunnelLedger, _ scenario: Scenario) {
        self.ledger = ledger
        percent = rebalance.percent
        periodNanoseconds = rebalance.periodMilliseconds * 1_000_000
        periods = Array(repeating: 0, count: scenario.shardCount)
        allowances = Array(repeating: Allowance(), count: scenario.servers.count)
    }

    func tearDown() { closed = [] }

    private static let slackNanoseconds = Audit.tickNanoseconds + 10_000_000
    /// A place on a server may be given back a little after its connection is closed.
    private static let releaseNanoseconds: UInt64 = 50_000_000

    // MARK: - The looks

    /// A shard has had a turn: with the first one of a period it decides what it closes in it.
    func turned(_ shard: Int) {
        guard let world = ledger.world, !world.isDraining else { return }
        let period = world.now / periodNanoseconds
        guard period > periods[shard] else { return }
        let isFirst = !periods.contains(period)
        periods[shard] = period
        if isFirst, periods.count == 1 { judgeAges() }
        if isFirst { closed = [] }
        let loads = allowances.indices.map { load($0, world) }
        for server in allowances.indices {
            let quota = quota(server, loads, world)
            guard isFirst else {
                allowances[server].quota = max(allowances[server].quota, quota)
                continue
            }
            let last = allowances[server]
            let owed = max(0, last.quota + last.carried + periods.count - 1 - last.told)
            let waiting = tunnels(server).count { isBusy($0) }
            allowances[server] = Allowance(from: world.now, quota: quota, carried: min(owed, waiting))
        }
    }

    private func tunnels(_ server: Int) -> [Meeting] {
        ledger.meetings.filter { $0.isOpen && !$0.isOver && $0.server?.link.server == server }
    }

    private func load(_ server: Int, _ world: World) -> Load {
        var load = Load()
        for meeting in tunnels(server) {
            if isLeaving(meeting) { load.leaving += 1 } else { load.staying += 1 }
        }
        load.most = world.links.count { link in
            link.role == .server && link.server == server
                && (link.closedAt.map { $0 + Self.releaseNanoseconds > world.now } ?? (link.descriptor >= 0))
        }
        return load
    }

    private func isLeaving(_ meeting: Meeting) -> Bool {
        if meeting.client.ownCloseAt != nil || meeting.server?.ownCloseAt != nil { return true }
        return meeting.up.isCloseRead || meeting.down.isCloseRead
    }

    /// Something of its server's is on its way to its client.
    private func isBusy(_ meeting: Meeting) -> Bool {
        guard let server = meeting.server else { return false }
        return !meeting.down.isBetween || meeting.down.heldBytes(readCount: server.link.inbound.read) != 0
    }

    /// The most that may be closed of a server's.
    private func quota(_ server: Int, _ loads: [Load], _ world: World) -> Int {
        let weights = world.scenario.servers.map(\.weight)
        let weightTotal = weights.reduce(0, +)
        func share(_ server: Int, of total: Int) -> Int { (total * weights[server] + weightTotal - 1) / weightTotal }
        let (least, most) = (loads.reduce(0) { $0 + $1.staying }, loads.reduce(0) { $0 + $1.most })
        let (mine, fair) = (loads[server], share(server, of: least))
        guard mine.most > fair + max(1, fair / 10) else { return 0 }
        // What is being closed already is as good as gone.
        let excess = max(0, mine.most - mine.leaving - fair)
        // As long as nobody below its share has shown that it takes connections, one is to find out.
        let isProven = loads.indices.contains { loads[$0].most > 0 && loads[$0].staying < share($0, of: most) }
        return min(excess, isProven ? (mine.most * percent + 99) / 100 : 1)
    }

    // MARK: - The closes

    /// The client of a tunnel is told the code of drains, and nothing drains.
    func told(_ meeting: Meeting) {
        guard let world = ledger.world, let server = meeting.server?.link.server else { return }
        toldCount += 1
        closed.append(meeting)
        allowances[server].told += 1
        let allowance = allowances[server]
        let what = "tunnel \(meeting.id) is moved away from server \(server)"
        let shards = periods.count
        let rounding = allowance.quota > 0 ? shards - 1 : 0
        guard allowance.told <= allowance.quota + allowance.carried + rounding else {
            return ledger.fail("\(what) as number \(allowance.told) of a period, and \(allowance.quota) may go")
        }
        // Each in the middle of its own part of the period, on each shard.
        let elapsed = min(world.now - allowance.from + Self.slackNanoseconds, periodNanoseconds)
        let even = (2 * elapsed * UInt64(allowance.quota) / periodNanoseconds + UInt64(shards)) / 2
        if allowance.told > Int(even) + allowance.carried + rounding {
            let milliseconds = (world.now - allowance.from) / 1_000_000
            ledger.fail("\(what) as number \(allowance.told) after \(milliseconds) ms of a period, which is not even")
        }
    }

    /// None has stayed that is clearly older than one that was moved: by more than a step between the oldest and now.
    private func judgeAges() {
        guard let world = ledger.world else { return }
        for meeting in closed {
            guard let server = meeting.server?.link.server else { continue }
            let others = tunnels(server).filter { !isLeaving($0) && !isBusy($0) }
            let oldest = others.map(\.openedAt).min() ?? meeting.openedAt
            let step = (world.now - min(oldest, meeting.openedAt)) / 256 + Self.releaseNanoseconds
            guard let other = others.first(where: { $0.openedAt + step < meeting.openedAt }) else { continue }
            let difference = (meeting.openedAt - other.openedAt) / 1_000_000
            ledger.fail("tunnel \(meeting.id) was moved, and tunnel \(other.id), which is \(difference) ms older, was not")
        }
    }
}
