// One TCP connection between the shard and somebody outside, as the kernel sees it: counts, and bytes only where
// they mean something.

import Codecs
import Glibc

/// Which way bytes go on a link.
enum Heading {
    case toShard, toPeer
}

/// One direction of a link: what was written, what has arrived, what was read.
struct Channel {
    var sent = 0
    var arrived = 0
    var read = 0
    var sendCapacity: Int
    var receiveCapacity: Int
    /// The sender has finished, and the receiver knows.
    var isEnded = false
    var hasEndArrived = false
    var isTransferScheduled = false

    /// Bytes that the sender may write now.
    var room: Int { max(0, sendCapacity - (sent - arrived)) }
    var readable: Int { arrived - read }
    /// Bytes that the network can move: the receiver has room for them.
    var movable: Int { min(sent, read + receiveCapacity) - arrived }
    var canEndArrive: Bool { isEnded && arrived == sent && !hasEndArrived }
}

final class Link {
    enum Role {
        case client, server
    }

    /// Also the number of the stream that comes from the peer.
    let number: Int
    let role: Role
    var inbound: Channel
    var outbound: Channel
    /// The shard's descriptor, from the time it has one; negative after it was closed.
    var descriptor: Int32 = -1
    var peer: Peer?
    /// The link at the other end of the relay.
    unowned(unsafe) var pair: Link?
    var isConnected = false
    var isNonBlocking = false
    /// These sockets do not splice (-EINVAL).
    var isUnspliceable = false
    /// Descriptor is on its way to be closed, or closed.
    var isClosing = false
    /// The shard has told the peer that no more comes.
    var isShut = false
    /// It was told before it was known who stands behind this link.
    var isEndUnjudged = false
    /// The shard has read that no more comes.
    var isEndRead = false
    /// A reset has arrived at the shard; one operation is told, others find a dead socket.
    private(set) var isBroken = false
    private var isBreakTold = false
    /// What the shard's kernel holds of it.
    var operations: [PendingOperation] = []

    let openedAt: UInt64
    /// When bytes last moved, or an end was passed on, as far as the shard's kernel can tell.
    var movedAt: UInt64
    /// When the shard learned that the peer has left or has ended.
    private(set) var goneAt: UInt64?
    var closedAt: UInt64?
    /// When the shard itself last moved something.
    var servedAt: UInt64
    /// The world's failed connects before this link began.
    var troublesBefore = 0
    /// Which server it leads to, once that is known.
    var server = -1
    /// Where a client came in.
    var listenerPlace = 0
    /// How often a shard had run out of memory before this link began, where that ends connections, and at all.
    var shortagesBefore: UInt64 = 0
    var exhaustionsBefore: UInt64 = 0
    /// What a client sends before its own bytes.
    var preface = Preface()
    /// A client's address, as rules see it.
    var address: HostAddress?
    /// The header that a server wants first, and the one that it got.
    var wantedIntroduction: ProxyHeader.Version?
    var introduction: ProxyHeader?
    /// Since when the shard could do something for the bytes that come from here, and did not.
    var idleSince: UInt64?
    var progressSeen = 0
    /// What the peer says and is told, where a pattern does not stand for it.
    var inboundBytes: ByteStream?
    var outboundBytes: ByteStream?
    /// Of a server that speaks HTTP: what it was asked.
    var line: ServerLine?
    /// Of a client that asks for a WebSocket, or its server: what it says and is told.
    var tunnelEnd: TunnelEnd?

    init(number: Int, role: Role, inbound: Channel, outbound: Channel, at time: UInt64) {
        self.number = number
        self.role = role
        self.inbound = inbound
        self.outbound = outbound
        openedAt = time
        movedAt = time
        servedAt = time
    }

    subscript(heading: Heading) -> Channel {
        get { heading == .toShard ? inbound : outbound }
        set { if heading == .toShard { inbound = newValue } else { outbound = newValue } }
    }

    var isUsable: Bool { isConnected && !isBroken && !isClosing }
    /// Every byte and the end have been passed on to the other side.
    var isPassedOn: Bool {
        guard let pair else { return false }
        return isEndRead && inbound.read == inbound.sent && pair.outbound.sent == readBytes
    }
    /// Bytes that came from here and that the shard, a pipe or a receive buffer holds.
    var heldBytes: Int { readBytes - (pair?.outbound.sent ?? 0) }
    /// Bytes of the connection itself that the shard has read: those behind the preface.
    var readBytes: Int { max(0, inbound.read - preface.bytes.count) }
    var hasPrefaceLeft: Bool { inbound.read < preface.bytes.count }

    /// What the shard reads next.
    func write(into memory: UnsafeMutablePointer<UInt8>, count: Int) {
        if let inboundBytes {
            inboundBytes.copy(from: inbound.read, into: memory, count: count)
            inbound.read += count
            inboundBytes.forget(before: inbound.read)
            tunnelEnd?.shardRead()
            return
        }
        var count = count
        var memory = memory
        while count > 0, hasPrefaceLeft {
            memory.pointee = preface.bytes[inbound.read]
            inbound.read += 1
            memory += 1
            count -= 1
        }
        Pattern.write(number, offset: readBytes, into: memory, count: count)
        inbound.read += count
    }

    func breakOff() {
        isBroken = true
        tunnelEnd?.brokeOff()
        inbound.isTransferScheduled = true  // The network moves nothing any more.
        outbound.isTransferScheduled = true
    }

    /// What a receive answers where there are no bytes; `nil`: it waits.
    func emptyReceiveResult(at time: UInt64) -> Int32? {
        if inbound.hasEndArrived || isBroken { goneAt = goneAt ?? time }
        if inbound.hasEndArrived {
            isEndRead = true
            tunnelEnd?.shardReadEnd()
            return 0
        }
        guard isBroken else { return nil }
        tunnelEnd?.shardReadEnd()
        // tcp_recvmsg: the error is told once; a socket that is dead after that reads as ended.
        defer { isBreakTold = true }
        return isBreakTold ? 0 : -ECONNRESET
    }

    /// Why a send fails, or `nil`.
    func sendFailure() -> Int32? {
        if isShut { return -EPIPE }
        guard isBroken else { return nil }
        defer { isBreakTold = true }
        return isBreakTold || inbound.hasEndArrived ? -EPIPE : -ECONNRESET
    }

    /// The connect has succeeded.
    func connected(at time: UInt64) {
        isConnected = true
        movedAt = time
        servedAt = time
    }
}
