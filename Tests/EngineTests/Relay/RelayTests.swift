// A relay as a whole: which socket is whose source, and when it has finished.

import Testing

@testable import Engine

@Suite("A relay")
struct RelayTests {
    private static func relay() -> Relay {
        var relay = Relay(client: 5, listener: 1, backend: 2, acceptedAt: 77)
        relay.serverDescriptor = 6
        return relay
    }

    @Test("up leads from the client to the server, down back")
    func sides() {
        let relay = Self.relay()
        #expect(relay.source(of: .up) == 5 && relay.target(of: .up) == 6)
        #expect(relay.source(of: .down) == 6 && relay.target(of: .down) == 5)
        #expect(Side.up.opposite == .down && Side.down.opposite == .up)
    }

    @Test("each side has operations of its own")
    func operations() {
        let all = [Side.up, .down].flatMap { [$0.receiveOperation, $0.sendOperation, $0.bytesOperation, $0.roomOperation] }
        #expect(Set(all).count == 8)
    }

    @Test("a direction is reached in place")
    func directions() {
        let pointer = UnsafeMutablePointer<Relay>.allocate(capacity: 1)
        defer { pointer.deallocate() }
        pointer.initialize(to: Self.relay())
        pointer.direction(.up).pointee.facts.insert(.receiving)
        pointer.direction(.down).pointee.facts.insert(.ended)
        #expect(pointer.pointee.directions.0.facts == .receiving)
        #expect(pointer.pointee.directions.1.facts == .ended)
    }

    @Test("with one end passed on it is half closed, with both it has finished")
    func halfClosed() {
        var relay = Self.relay()
        #expect(!relay.isHalfClosed && !relay.isFinished)
        relay.directions.0.facts.insert(.shut)
        #expect(relay.isHalfClosed && !relay.isFinished)
        relay.directions.1.facts.insert(.shut)
        #expect(!relay.isHalfClosed && relay.isFinished)
    }

    @Test("it is in flight while the kernel holds anything of it")
    func inFlight() {
        var relay = Self.relay()
        #expect(!relay.isInFlight)
        relay.isConnectInFlight = true
        #expect(relay.isInFlight)
        relay.isConnectInFlight = false
        for fact in [RelayDirection.Facts.receiving, .sending, .awaitingRoom, .awaitingBytes] {
            relay.directions.1.facts = fact
            #expect(relay.isInFlight)
        }
        relay.directions.1.facts = [.ended, .starved, .listed, .full]
        #expect(!relay.isInFlight)
    }

    @Test("its state is a small part of the 700 bytes that an idle pair may cost")
    func size() {
        #expect(MemoryLayout<Relay>.stride <= 256, "\(MemoryLayout<Relay>.stride) bytes")
    }
}
