// Counters, a server's figures and the mailbox: one thread writes, others read.

import Testing

@testable import Engine

@Suite("Counters")
struct CountersTests {
    @Test("all begin at 0, and each counts for itself")
    func separate() {
        let counters = Counters()
        defer { counters.destroy() }
        for (index, counter) in Counter.allCases.enumerated() {
            #expect(counters[counter] == 0)
            counters.add(UInt64(index + 1), to: counter)
        }
        for (index, counter) in Counter.allCases.enumerated() { #expect(counters[counter] == UInt64(index + 1)) }
    }

    @Test("counts add up, gauges are set")
    func kinds() {
        let counters = Counters()
        defer { counters.destroy() }
        counters.count(.accepted)
        counters.add(5, to: .accepted)
        counters.set(.connections, to: 9)
        counters.set(.connections, to: 4)
        #expect(counters[.accepted] == 6)
        #expect(counters[.connections] == 4)
    }

    @Test("a counter wraps rather than traps")
    func wrap() {
        let counters = Counters()
        defer { counters.destroy() }
        counters.add(.max, to: .bytesIn)
        counters.add(3, to: .bytesIn)
        #expect(counters[.bytesIn] == 2)
    }

    @Test("a reader on another thread never sees a count go back")
    func threads() {
        let counters = Counters()
        defer { counters.destroy() }
        onThreads(2) { thread in
            if thread == 0 {
                for _ in 0..<50_000 { counters.count(.turns) }
            } else {
                var last: UInt64 = 0
                var wentBack = false
                while last < 50_000 {
                    let now = counters[.turns]
                    if now < last { wentBack = true }
                    last = max(last, now)
                }
                #expect(!wentBack)
            }
        }
        #expect(counters[.turns] == 50_000)
    }

    @Test("each figure of each server has a cell of its own")
    func tally() {
        let tally = ServerTally(serverCount: 3)
        defer { tally.destroy() }
        for server in 0..<3 {
            for figure in ServerFigure.allCases { tally.add(UInt64(10 * server + figure.rawValue + 1), to: figure, of: server) }
        }
        for server in 0..<3 {
            for figure in ServerFigure.allCases { #expect(tally.value(figure, of: server) == UInt64(10 * server + figure.rawValue + 1)) }
        }
    }

    @Test("orders in a mailbox add up")
    func mailbox() {
        let mailbox = Mailbox(simulatedDescriptor: -1)
        #expect(mailbox.posted == [])
        mailbox.post(.drain)
        #expect(mailbox.posted == .drain)
        mailbox.post(.stop)
        #expect(mailbox.posted == [.drain, .stop])
        #expect(!mailbox.isFinished)
        mailbox.finish()
        #expect(mailbox.isFinished)
    }
}
