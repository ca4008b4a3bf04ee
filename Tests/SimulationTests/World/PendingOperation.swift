// What a simulated kernel holds for a shard: one operation in flight.

@testable import Engine

final class PendingOperation {
    enum Kind {
        case accept(SimulatedListener, isOnce: Bool)
        case connect(Link)
        case receive(Link)
        case send(Link)
        case poll(Link, Readiness)
    }

    /// One stretch of a send: a buffer's index, and the bytes of it.
    struct Piece {
        var buffer: UInt32
        var offset: Int
        var count: Int
    }

    unowned(unsafe) let engine: SimulatedEngine
    let kind: Kind
    let token: Token
    let descriptor: Int32
    let begunAt: UInt64
    /// Handed over to the kernel.
    var isArmed = false
    /// A look at whether it can go on is on its way.
    var isKicked = false
    /// Its socket was non-blocking when it was handed over: it does not wait.
    var isNoWait = false
    /// Its end has been asked for.
    var isCancelled = false
    /// Its last completion has been posted.
    var isEnded = false
    /// Of a send: the memory, and whether the shard waits for the answer.
    var pieces: [Piece] = []
    var isUrgent = true
    /// Of a receive.
    var extent = ReceiveExtent.continuous
    /// Of a connect: what will be answered, where anything will.
    var answer: Int32?

    init(_ engine: SimulatedEngine, _ kind: Kind, _ token: Token, _ descriptor: Int32, at time: UInt64) {
        self.engine = engine
        self.kind = kind
        self.token = token
        self.descriptor = descriptor
        begunAt = time
    }

    var link: Link? {
        switch kind {
        case .accept: nil
        case .connect(let link), .receive(let link), .send(let link), .poll(let link, _): link
        }
    }
    var isSend: Bool { if case .send = kind { true } else { false } }
    var isConnect: Bool { if case .connect = kind { true } else { false } }
    var isAccept: Bool { if case .accept = kind { true } else { false } }
    var asked: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Whether it would do something now.
    var isReady: Bool {
        guard isArmed, !isEnded else { return false }
        switch kind {
        case .accept(let listener, _): return !listener.queue.isEmpty
        case .connect: return false
        case .receive(let link): return link.inbound.readable > 0 || link.inbound.hasEndArrived || link.isBroken || isNoWait
        case .send: return true
        case .poll(let link, .bytes): return link.inbound.readable > 0 || link.inbound.hasEndArrived || link.isBroken
        case .poll(let link, .room): return engine.hasRoom(link) || link.isBroken
        case .poll(let link, .failure): return link.isBroken || (link.inbound.hasEndArrived && link.isShut)
        }
    }
}
