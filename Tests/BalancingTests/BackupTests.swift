// When backups stand in, and weight 0, for every policy alike.

import Testing

@testable import Balancing

@Suite("Backups and weight 0")
struct BackupTests {
    private func picks(_ count: Int, _ table: ServerTable, tried: TriedServers = TriedServers()) -> [Int?] {
        var selector = Selector(table)
        var bits = SeededBits(seed: 1)
        return (0..<count).map { _ in selector.pick(from: table, tried: tried, random: bits.next(), key: bits.next()) }
    }

    @Test("backups get nothing while a primary server can be had", arguments: Policy.allCases)
    func primariesFirst(policy: Policy) {
        withTable(policy, [server(0, isBackup: true), server(1), server(2, weight: 0), server(3, isBackup: true)]) { table in
            #expect(Set(picks(50, table)) == [1])
        }
    }

    @Test("a full primary server is waited for: it does not spill over", arguments: Policy.allCases)
    func full(policy: Policy) {
        withTable(policy, [server(0, limit: 1), server(1, isBackup: true)]) { table in
            #expect(picks(3, table) == [0, nil, nil])
            #expect(table.groupToWaitFor(tried: TriedServers()) == .primaries)
        }
    }

    @Test("where every primary server was tried or has weight 0 all backups stand in", arguments: Policy.allCases)
    func standIn(policy: Policy) {
        withTable(policy, [server(0), server(1, weight: 0), server(2, isBackup: true), server(3, isBackup: true)]) { table in
            let chosen = Set(picks(100, table, tried: TriedServers(bits: 0b1)))
            #expect(chosen == (policy == .first ? [2] : [2, 3]))
            #expect(table.groupToWaitFor(tried: TriedServers(bits: 0b1)) == .backups)
        }
    }

    @Test("a tried backup is not picked again, and all tried is none", arguments: Policy.allCases)
    func tried(policy: Policy) {
        withTable(policy, [server(0), server(1, isBackup: true), server(2, isBackup: true)]) { table in
            #expect(Set(picks(20, table, tried: TriedServers(bits: 0b011))) == [2])
            #expect(Set(picks(5, table, tried: TriedServers(bits: 0b111))) == [nil])
            #expect(table.groupToWaitFor(tried: TriedServers(bits: 0b111)) == nil)
        }
    }

    @Test("a backup's limit holds", arguments: Policy.allCases)
    func limits(policy: Policy) {
        withTable(policy, [server(0, weight: 0), server(1, limit: 2, isBackup: true)]) { table in
            #expect(picks(3, table) == [1, 1, nil])
        }
    }

    @Test("weight 0 is never picked, and nothing else is nothing", arguments: Policy.allCases)
    func weightZero(policy: Policy) {
        withTable(policy, [server(0, weight: 0), server(1, weight: 3), server(2, weight: 0)]) { table in
            #expect(Set(picks(50, table)) == [1])
        }
        withTable(policy, [server(0, weight: 0), server(1, weight: 0, isBackup: true)]) { table in
            #expect(Set(picks(3, table)) == [nil])
            #expect(table.groupToWaitFor(tried: TriedServers()) == nil)
        }
        withTable(policy, []) { #expect(picks(2, $0) == [nil, nil]) }
    }

    @Test("the one server with room is found among a hundred full ones", arguments: Policy.allCases)
    func lastOpen(policy: Policy) {
        withTable(policy, (0..<100).map { server($0, limit: $0 == 63 ? 0 : 1) }) { table in
            for number in 0..<100 where number != 63 { #expect(table.reserve(number)) }
            #expect(Set(picks(30, table)) == [63])
        }
    }

    @Test("among weights of 256 the one server of weight 1 is found when it alone has room", arguments: Policy.allCases)
    func lightAlone(policy: Policy) {
        withTable(policy, [server(0, weight: 256, limit: 1), server(1, weight: 256, limit: 1), server(2, weight: 1)]) { table in
            #expect(table.reserve(0) && table.reserve(1))
            #expect(Set(picks(30, table)) == [2])
        }
    }
}
