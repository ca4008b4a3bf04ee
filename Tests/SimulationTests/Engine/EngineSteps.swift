// What operations in flight do when they can go on, with every liberty that a kernel has.

import Glibc
@testable import Engine

extension SimulatedEngine {
    private var faults: Faults { world.scenario.faults }

    /// The kernel looks at an operation for the first time.
    func arm(_ operation: PendingOperation) {
        operation.isArmed = true
        switch operation.kind {
        case .connect:
            guard let answer = operation.answer else { return }
            let latency = answer == -ENETUNREACH ? 0 : world.chance.within(serverLatency(answer))
            latency == 0
                ? connectAnswered(operation, answer) : world.schedule(.connectAnswered(operation, result: answer), after: latency)
        case .send:
            if habits.sendsLate { kick(operation) } else { step(operation) }
        case .receive(let link):
            // io_uring takes a non-blocking socket to mean that the operation must not wait either.
            operation.isNoWait = habits.keepsReceivedBytes && link.isNonBlocking
            kick(operation)
        case .accept, .poll:
            kick(operation)
        }
    }

    private func serverLatency(_ answer: Int32) -> ClosedRange<UInt64> {
        answer > 0 ? world.scenario.servers[Int(answer) - 1].latency : 0...500_000
    }

    func step(_ operation: PendingOperation) {
        guard operation.isArmed, !operation.isEnded else { return }
        switch operation.kind {
        case .accept(let listener, let isOnce): stepAccept(operation, listener, isOnce: isOnce)
        case .connect: break
        case .receive(let link): stepReceive(operation, link)
        case .send(let link): stepSend(operation, link)
        case .poll(let link, .failure):
            if operation.isReady { post(operation, link.isBroken ? POLLERR | POLLHUP : POLLHUP) }
        case .poll:
            if operation.isReady || world.chance.happens(faults.spuriousPoll) { post(operation, 1) }
        }
    }

    // MARK: - Accept

    private func stepAccept(_ operation: PendingOperation, _ listener: SimulatedListener, isOnce: Bool) {
        guard !listener.queue.isEmpty else { return }
        let descriptor = takeClient(listener)
        guard descriptor >= 0 else { return post(operation, descriptor) }
        let isMultishot = !isOnce && (habits.isMultishotAccept || !habits.keepsReceivedBytes)
        let hasMore = isMultishot && !world.chance.happens(faults.endsMultishot)
        post(operation, descriptor, hasMore: hasMore)
        kick(operation)
    }

    /// Takes the first client of a queue that has one: a descriptor, or -errno.
    func takeClient(_ listener: SimulatedListener) -> Int32 {
        let link = listener.queue[0]
        if link.isBroken, world.chance.happens(500) {
            listener.queue.removeFirst()
            world.abandon(link)
            return -ECONNABORTED
        }
        if world.chance.happens(faults.acceptFails) {
            return world.chance.one(of: [-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM, -EINTR, -EPERM])
        }
        let descriptor = world.descriptors.open(.socket(link))
        guard descriptor >= 0 else { return descriptor }
        listener.queue.removeFirst()
        listener.servedAt = world.now
        link.descriptor = descriptor
        world.progress += 1
        world.trace("client \(link.number) is accepted as descriptor \(descriptor)")
        return descriptor
    }

    // MARK: - Connect

    /// `result`: the server's number from 1 where it accepts.
    func connectAnswered(_ operation: PendingOperation, _ result: Int32) {
        guard !operation.isEnded, case .connect(let link) = operation.kind else { return }
        world.progress += 1
        guard result > 0 else {
            world.troubles += 1
            return post(operation, result)
        }
        link.connected(at: world.now)
        world.trace("server \(link.number) is connected to server number \(result)")
        link.wantedIntroduction = world.scenario.servers[Int(result) - 1].introduction
        let server = world.scenario.servers[Int(result) - 1]
        let isWebSocket = world.scenario.isWebSocket
        world.meet(link, world.chance.one(of: server.scripts)) {
            isWebSocket ? WebSocketServer(server.webSocket, $0, $1) : HTTPServer(server.http, $0, $1)
        }
        post(operation, 0)
    }

    // MARK: - Bytes

    private func stepReceive(_ operation: PendingOperation, _ link: Link) {
        if link.inbound.readable > 0 {
            if world.chance.happens(faults.interrupted) { return endReceive(operation, -EINTR) }
            habits.keepsReceivedBytes ? receiveIntoBuffers(operation, link) : receiveIntoScratch(operation, link)
            // There is room for more of the peer's bytes.
            world.served(link)
            world.flow(link, .toShard)
            kick(operation)
        } else if let result = link.emptyReceiveResult(at: world.now) {
            post(operation, result)
        } else if operation.isNoWait {
            post(operation, -EAGAIN)
        }
    }

    private func endReceive(_ operation: PendingOperation, _ result: Int32) {
        // A readiness engine looks again by itself.
        habits.keepsReceivedBytes ? post(operation, result) : kick(operation)
    }

    private func receiveIntoBuffers(_ operation: PendingOperation, _ link: Link) {
        let buffersMax = buffersMax(of: operation.extent)
        let before = link.inbound.read
        guard let filled = memory.fill(from: link, buffersMax: buffersMax) else { return post(operation, -ENOBUFS) }
        let hasMore = habits.isMultishot && operation.extent == .continuous && !world.chance.happens(faults.endsMultishot)
        post(operation, Int32(link.inbound.read - before), hasMore: hasMore, filled: filled)
    }

    private func buffersMax(of extent: ReceiveExtent) -> Int {
        guard habits.isBundling else { return 1 }
        switch extent {
        case .continuous: return habits.piecesMax
        case .once: return 1
        case .batch: return max(1, min(habits.piecesMax, ReceiveExtent.batchBytes / habits.receiveBytes))
        }
    }

    private func receiveIntoScratch(_ operation: PendingOperation, _ link: Link) {
        postScratch(operation, memory.fillScratch(from: link))
    }

    private func stepSend(_ operation: PendingOperation, _ link: Link) {
        let result = transmit(operation.pieces, to: link)
        memory.lend(operation.pieces, -1)
        if result == Int32(operation.asked), habits.isQuiet, !operation.isUrgent {
            postQuietly(operation, result)
        } else {
            post(operation, result)
        }
    }

    /// Sends without waiting: bytes taken, or -errno.
    func transmit(_ pieces: [PendingOperation.Piece], to link: Link) -> Int32 {
        if let failure = link.sendFailure() {
            if link.isShut { world.fail("bytes are sent to \(link.role) \(link.number) after its end") }
            return failure
        }
        if world.chance.happens(faults.interrupted) { return -EINTR }
        let asked = pieces.reduce(0) { $0 + $1.count }
        var count = min(asked, link.outbound.room)
        if count == 0 || world.chance.happens(faults.seemsFull) { return -EAGAIN }
        if count > 1, world.chance.happens(faults.partialSend) { count = world.chance.part(of: count) }
        var left = count
        for piece in pieces where left > 0 {
            let step = min(left, piece.count)
            take(buffers.base(of: piece.buffer) + piece.offset, count: step, for: link)
            left -= step
        }
        world.served(link)
        world.flow(link, .toPeer)
        return Int32(count)
    }

    /// The kernel takes bytes for a peer: they are what comes next in the stream of the other side.
    func take(_ bytes: UnsafePointer<UInt8>, count: Int, for link: Link) {
        if let ledger = world.ledger {
            ledger.told(link, UnsafeBufferPointer(start: bytes, count: count))
            return passed(count, to: link)
        }
        guard let source = link.pair else {
            return world.fail("bytes for \(link.role) \(link.number), though nobody stands behind it")
        }
        let offset = link.outbound.sent
        world.judgeIntroduction(link)
        if offset + count > source.readBytes {
            world.fail("\(link.role) \(link.number) is sent \(offset + count) bytes, and only \(source.readBytes) have come for it")
        } else if !Pattern.matches(source.number, offset: offset, bytes, count: count) {
            world.fail("wrong bytes for \(link.role) \(link.number) from offset \(offset), \(count) of them")
        }
        passed(count, to: link)
    }

    func passed(_ count: Int, to link: Link) {
        link.outbound.sent += count
        if link.role == .server { world.passedUp += count } else { world.passedDown += count }
    }

    // MARK: - Cancel

    func cancelNow(_ token: Token) {
        // Where it has ended already its last completion stands in the queue.
        guard let operation = operations[token.rawValue], !operation.isEnded else { return }
        operation.isCancelled = true
        guard habits.keepsReceivedBytes else { return endCancelled(operation) }
        if world.chance.happens(faults.cancelLoses) {
            if operation.isConnect, let answer = operation.answer { connectAnswered(operation, answer) } else { step(operation) }
        }
        world.schedule(.endCancelled(operation), after: world.chance.within(habits.latency))
    }

    func endCancelled(_ operation: PendingOperation) {
        guard !operation.isEnded else { return }
        if operation.isConnect { world.troubles += 1 }
        post(operation, -ECANCELED)
    }
}
