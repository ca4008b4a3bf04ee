// Large bodies of known length go from socket to pipe to socket inside the kernel: this process sees counts, not
// bytes. A body comes here once its head has been passed on, and leaves with its last byte.

internal import Config
internal import Glibc

extension Shard where IO: ~Copyable {
    /// Bytes still to come from which a pipe is worth its system calls. Measured in IOURING.md: from 128 KiB.
    private static var spliceBytesMin: UInt64 { 128 * 1024 }
    /// Bytes one body moves before others have their turn.
    private static var pumpBytesMax: Int { 4 << 20 }

    /// Asks for a body's rest to go by splice where it is long enough.
    @inline(__always)
    mutating func considerSplice(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, up: Bool) {
        let body = up ? exchange.pointee.requestBody : exchange.pointee.responseBody
        guard body.hasLength, body.remainingBytes >= Self.spliceBytesMin else { return }
        askForSplice(exchange, up: up)
    }

    private mutating func askForSplice(_ exchange: UnsafeMutablePointer<Exchange>, up: Bool) {
        guard plan.splice != .off, exchange.pointee.facts.isDisjoint(with: [.changing, .splicing, .unspliceable]) else {
            return
        }
        let backend = plan.backends[Int(exchange.pointee.backend)].exchanges
        guard up || backend.responseBufferBytes == 0 else { return }
        guard let server = http.connections.find(exchange.pointee.connection),
            let client = http.connections.find(exchange.pointee.client),
            server.pointee.phase == .exchanging, server.pointee.facts.isDisjoint(with: [.deaf, .ended])
        else { return }
        guard pipes.hasFree else { return counters.count(.pipesExhausted) }
        exchange.pointee.facts.insert(.changing)
        if up { exchange.pointee.facts.insert(.splicesUp) } else { exchange.pointee.facts.remove(.splicesUp) }
        list(server, exchange.pointee.connection)
        list(client, exchange.pointee.client)
    }

    /// Whether the connection of this role is not to be received from, as its body goes by splice.
    @inline(__always)
    func isSpliced(_ exchange: UnsafeMutablePointer<Exchange>, from role: HTTPConnection.Role) -> Bool {
        guard !exchange.pointee.facts.isDisjoint(with: [.changing, .splicing]) else { return false }
        return exchange.pointee.facts.contains(.splicesUp) == (role == .client)
    }

    /// Begins to splice once both hands are empty, and goes on where a socket is ready again.
    @inline(__always)
    mutating func spliceIfReady(_ name: Handle) {
        guard let exchange = http.exchanges.find(name), !exchange.pointee.facts.isDisjoint(with: [.changing, .splicing]) else {
            return
        }
        goOnSplicing(name, exchange)
    }

    private mutating func goOnSplicing(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>) {
        let isUp = exchange.pointee.facts.contains(.splicesUp)
        let (sourceName, targetName) =
            isUp
            ? (exchange.pointee.client, exchange.pointee.connection) : (exchange.pointee.connection, exchange.pointee.client)
        guard let source = http.connections.find(sourceName), let target = http.connections.find(targetName) else {
            return endSplice(exchange)
        }
        if exchange.pointee.facts.contains(.changing) {
            let body = isUp ? exchange.pointee.requestBody : exchange.pointee.responseBody
            guard !body.isEnded, source.pointee.facts.isDisjoint(with: [.ended, .broken]), !target.pointee.facts.contains(.deaf)
            else {
                return exchange.pointee.facts.subtract([.changing])
            }
            guard source.pointee.facts.isDisjoint(with: [.receiving, .awaitingBytes]), source.pointee.input.isEmpty,
                target.pointee.isFlushed, !target.pointee.facts.contains(.awaitingRoom)
            else { return }
            guard beginSplice(exchange, source, target) else { return list(source, sourceName) }
        }
        guard !source.pointee.facts.contains(.awaitingBytes), !target.pointee.facts.contains(.awaitingRoom) else { return }
        pump(name, exchange, sourceName, source, targetName, target)
    }

    private mutating func beginSplice(
        _ exchange: UnsafeMutablePointer<Exchange>, _ source: UnsafeMutablePointer<HTTPConnection>,
        _ target: UnsafeMutablePointer<HTTPConnection>
    ) -> Bool {
        exchange.pointee.facts.remove(.changing)
        let pipe = pipes.take(from: &io)
        guard pipe != .none else {
            counters.count(.pipesExhausted)
            exchange.pointee.facts.insert(.unspliceable)
            return false
        }
        counters.count(.spliceBegun)
        exchange.pointee.pipe = pipe
        exchange.pointee.pipedBytes = 0
        exchange.pointee.facts.insert(.splicing)
        for connection in [source, target] {
            io.setNonBlocking(connection.pointee.descriptor, true)
            connection.pointee.facts.insert(.nonBlocking)
        }
        return true
    }

    /// Moves bytes until the body has ended, one side has no more, or others should have their turn.
    private mutating func pump(
        _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ sourceName: Handle,
        _ source: UnsafeMutablePointer<HTTPConnection>, _ targetName: Handle, _ target: UnsafeMutablePointer<HTTPConnection>
    ) {
        let pipe = pipes[exchange.pointee.pipe]
        let isUp = exchange.pointee.facts.contains(.splicesUp)
        var moved = 0
        // Whether the source filled the pipe: only then does more follow at once (see `pump` of relays).
        var isMoreReady = false
        while true {
            if exchange.pointee.pipedBytes > 0 {
                let count = io.splice(
                    from: pipe.reading, to: target.pointee.descriptor, count: Int(exchange.pointee.pipedBytes),
                    hasMore: isMoreReady)
                guard count > 0 else { return outflowStopped(-count, name, exchange, targetName, target) }
                exchange.pointee.pipedBytes -= UInt32(truncatingIfNeeded: count)
                moved += count
                note(spliced: count, exchange, source, target, isUp: isUp)
                continue
            }
            let remaining = isUp ? exchange.pointee.requestBody.remainingBytes : exchange.pointee.responseBody.remainingBytes
            if remaining == 0 { return spliceOver(name, exchange, isUp: isUp) }
            if moved >= Self.pumpBytesMax { return awaitBytes(sourceName, source) }
            let room = Int(min(UInt64(pipe.capacityBytes), remaining))
            let count = io.splice(from: source.pointee.descriptor, to: pipe.writing, count: room, hasMore: false)
            guard count > 0 else { return inflowStopped(-count, name, exchange, sourceName, source) }
            exchange.pointee.pipedBytes = UInt32(truncatingIfNeeded: count)
            isMoreReady = count == Int(pipe.capacityBytes) && UInt64(count) < remaining
        }
    }

    private func note(
        spliced count: Int, _ exchange: UnsafeMutablePointer<Exchange>, _ source: UnsafeMutablePointer<HTTPConnection>,
        _ target: UnsafeMutablePointer<HTTPConnection>, isUp: Bool
    ) {
        let bytes = UInt64(truncatingIfNeeded: count)
        if isUp { exchange.pointee.requestBody.spliced(count) } else { exchange.pointee.responseBody.spliced(count) }
        target.pointee.sentBytes &+= bytes
        target.pointee.deliveredBytes &+= bytes
        target.pointee.lastActivity = Tick(nanoseconds: io.now)
        // Nothing waits for it any more: what it is idle for afterwards is not held against it as a reader.
        if exchange.pointee.pipedBytes == 0 { target.pointee.facts.remove(.backlogged) }
        source.pointee.lastActivity = target.pointee.lastActivity
        counters.add(bytes, to: .bytesSpliced)
        counters.add(bytes, to: isUp ? .bytesIn : .bytesOut)
        tally.add(bytes, to: isUp ? .bytesIn : .bytesOut, of: globalServer(isUp ? target : source))
    }

    private mutating func outflowStopped(
        _ reason: Int, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ target: UnsafeMutablePointer<HTTPConnection>
    ) {
        switch Int32(truncatingIfNeeded: reason) {
        case EAGAIN, EINTR, 0:
            target.pointee.facts.insert(.awaitingRoom)
            beginBacklog(target)
            io.poll(target.pointee.descriptor, for: .room, Token(.room, handle))
            list(target, handle)  // For its timer: it is the other one that is being looked at.
        default:
            // What the pipe holds is lost with it; whatever the server has said is still read.
            endSplice(exchange)
            exchange.pointee.facts.insert(.unspliceable)
            target.pointee.facts.insert(.deaf)
            if target.pointee.role == .client { return clientLost(handle, target, .clientReset) }
            list(target, handle)
            if let client = http.connections.find(exchange.pointee.client) { list(client, exchange.pointee.client) }
        }
    }

    private mutating func inflowStopped(
        _ reason: Int, _ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, _ handle: Handle,
        _ source: UnsafeMutablePointer<HTTPConnection>
    ) {
        switch Int32(truncatingIfNeeded: reason) {
        case EAGAIN, EINTR: awaitBytes(handle, source)
        default:
            // The end, a reset, or sockets that do not splice: an ordinary receive tells which.
            endSplice(exchange)
            exchange.pointee.facts.insert(.unspliceable)
            list(source, handle)
        }
    }

    private mutating func awaitBytes(_ handle: Handle, _ source: UnsafeMutablePointer<HTTPConnection>) {
        source.pointee.facts.insert(.awaitingBytes)
        io.poll(source.pointee.descriptor, for: .bytes, Token(.bytes, handle))
        list(source, handle)
    }

    /// The body's last byte has gone.
    private mutating func spliceOver(_ name: Handle, _ exchange: UnsafeMutablePointer<Exchange>, isUp: Bool) {
        endSplice(exchange)
        guard let server = http.connections.find(exchange.pointee.connection),
            let client = http.connections.find(exchange.pointee.client)
        else { return }
        list(server, exchange.pointee.connection)
        list(client, exchange.pointee.client)
        if isUp { exchange.pointee.bodyEndedAt = io.now } else { exchange.pointee.facts.insert(.responseEnded) }
        if exchange.pointee.facts.contains(.responseEnded) {
            answerOver(name, exchange, exchange.pointee.connection, server, client)
        }
    }

    /// Back to buffers: the pipe is given back, and the sockets wait again.
    mutating func endSplice(_ exchange: UnsafeMutablePointer<Exchange>) {
        exchange.pointee.facts.remove(.changing)
        guard exchange.pointee.facts.contains(.splicing) else { return }
        exchange.pointee.facts.remove(.splicing)
        counters.count(.spliceEnded)
        pipes.giveBack(exchange.pointee.pipe, isEmpty: exchange.pointee.pipedBytes == 0, to: &io)
        exchange.pointee.pipe = .none
        exchange.pointee.pipedBytes = 0
        for name in [exchange.pointee.client, exchange.pointee.connection] {
            guard let connection = http.connections.find(name), connection.pointee.facts.contains(.nonBlocking) else {
                continue
            }
            connection.pointee.facts.remove(.nonBlocking)
            io.setNonBlocking(connection.pointee.descriptor, false)
        }
    }
}
