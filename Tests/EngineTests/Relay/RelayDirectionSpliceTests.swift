// When a flow counts as bulk, and when as chatty again; how it changes over and back.

import Testing

@testable import Engine

@Suite("A direction that splices")
struct RelayDirectionSpliceTests {
    private static let bulk = Int(RelayDirection.bulkBytes)

    @Test("a flow is bulk at 256 KiB within the window, and not a byte before")
    func bulkBytes() {
        var direction = RelayDirection()
        #expect(direction.isBulk(after: Self.bulk - 1, at: Tick(rawValue: 5)) == false)
        #expect(direction.isBulk(after: 1, at: Tick(rawValue: 5)) == true)
    }

    @Test("bytes of the same window add up to its last tick, and count anew after it", arguments: [0, 1] as [UInt32])
    func window(beyond: UInt32) {
        var direction = RelayDirection()
        let start: UInt32 = 100
        #expect(direction.isBulk(after: Self.bulk / 2, at: Tick(rawValue: start)) == false)
        let later = Tick(rawValue: start + UInt32(RelayDirection.bulkWindowTicks) + beyond)
        #expect(direction.isBulk(after: Self.bulk / 2, at: later) == (beyond == 0))
    }

    @Test("a trickle of large receives never becomes bulk")
    func trickle() {
        var direction = RelayDirection()
        for step in 1...1_000 as ClosedRange<UInt32> {
            #expect(direction.isBulk(after: 64 * 1_024, at: Tick(rawValue: step * 13)) == false)
        }
    }

    @Test("the window survives the wrap of ticks")
    func wrap() {
        var direction = RelayDirection()
        #expect(direction.isBulk(after: Self.bulk / 2, at: Tick(rawValue: .max - 1)) == false)
        #expect(direction.isBulk(after: Self.bulk / 2, at: Tick(rawValue: 3)) == true)
    }

    @Test("eight small turns in a row are chatty, seven are not")
    func chatty() {
        var direction = RelayDirection()
        let small = RelayDirection.chattyBytes - 1
        for _ in 1..<RelayDirection.chattyTurnsMax { #expect(direction.isChatty(after: small) == false) }
        #expect(direction.isChatty(after: small) == true)
    }

    @Test("one large turn starts the count of small ones again")
    func notChatty() {
        var direction = RelayDirection()
        for turn in 1...100 {
            let count = turn % Int(RelayDirection.chattyTurnsMax) == 0 ? RelayDirection.chattyBytes : 0
            #expect(direction.isChatty(after: count) == false)
        }
    }

    @Test("a change to splice ends the receive, sends what is held, and only then begins")
    func change() {
        let pool = BufferPool(receiveCount: 4, receiveBytes: 4_096, spillCount: 1)
        defer { pool.destroy() }
        var direction = RelayDirection()
        direction.facts.formUnion([.receiving, .changing])
        _ = direction.received(pool.chain([(0, [1, 2, 3])]), in: pool)
        #expect(direction.orders == [.cancelReceive, .send])
        direction.facts.formUnion([.cancelling, .sending])
        #expect(direction.orders == [])
        direction.receiveStopped()
        #expect(direction.orders == [])
        direction.facts.remove(.sending)
        direction.sent(3, in: pool)
        #expect(direction.orders == .beginSplice)
        direction.beginSplicing(through: PipeIndex(rawValue: 3))
        #expect(direction.pipe == PipeIndex(rawValue: 3))
        #expect(!direction.facts.contains(.changing))
        #expect(direction.orders == .pump)
    }

    @Test("without a pipe it goes on with buffers, and asks again only after as many bytes")
    func noPipe() {
        var direction = RelayDirection()
        #expect(direction.isBulk(after: Self.bulk, at: Tick(rawValue: 1)) == true)
        direction.facts.insert(.changing)
        direction.stayWithBuffers()
        #expect(direction.orders == .receive)
        #expect(direction.isBulk(after: Self.bulk - 1, at: Tick(rawValue: 1)) == false)
        #expect(direction.isBulk(after: 1, at: Tick(rawValue: 1)) == true)
    }

    @Test("a source that ends while the flow changes over is passed on, not spliced")
    func endWhileChanging() {
        var direction = RelayDirection()
        direction.facts.formUnion([.changing, .ended])
        #expect(direction.orders == .shutdownTarget)
    }

    @Test("after splicing the next receive is an ordinary one, and bulk is counted from nothing")
    func endSplicing() {
        var direction = RelayDirection()
        #expect(direction.isBulk(after: Self.bulk, at: Tick(rawValue: 1)) == true)
        direction.beginSplicing(through: PipeIndex(rawValue: 0))
        direction.endSplicing()
        #expect(direction.pipe == .none)
        #expect(direction.orders == .receive)
        #expect(direction.isBulk(after: Self.bulk - 1, at: Tick(rawValue: 1)) == false)
    }

    @Test("the count of small turns begins anew with each splice")
    func chattyAnew() {
        var direction = RelayDirection()
        for _ in 1..<RelayDirection.chattyTurnsMax { _ = direction.isChatty(after: 0) }
        direction.beginSplicing(through: PipeIndex(rawValue: 0))
        #expect(direction.isChatty(after: 0) == false)
    }
}
