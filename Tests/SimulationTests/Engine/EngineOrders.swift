// What a shard orders: checked against the rules of `ShardIO`, and put in the kernel's queue.

import Codecs
import Glibc
@testable import Engine

extension SimulatedEngine {
    func accept(on listener: Int32, isOnce: Bool, _ token: Token) {
        guard case .listener(let holder) = holder(of: listener, for: "accept"), !holder.isClosing else {
            return world.fail("an accept on descriptor \(listener), which is no open listener")
        }
        let operation = PendingOperation(self, .accept(holder, isOnce: isOnce), token, listener, at: world.now)
        holder.operations.append(operation)
        begin(operation)
    }

    func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        guard let link = link(of: descriptor, for: "connect") else { return }
        servers[handle(token)] = link
        judgePlace(link, address)
        let operation = PendingOperation(self, .connect(link), token, descriptor, at: world.now)
        operation.answer = answer(from: address)
        link.operations.append(operation)
        begin(operation)
    }

    /// A server's limit holds over all shards: it never sees one connection more, at no moment.
    private func judgePlace(_ link: Link, _ address: NativeAddress) {
        guard case .ipv4(_, let port) = address.value else { return }
        link.server = Int(port) - 1
        // There the limit is one of exchanges, and connections wait for the next.
        guard world.ledger == nil else { return }
        let limit = world.scenario.servers[link.server].connectionsMax
        let count = world.links.count { $0.role == .server && $0.server == link.server && !$0.isClosing }
        if limit > 0, count > limit { world.fail("server number \(port) is to see \(count) connections, and takes \(limit)") }
    }

    /// What the server at `address` will say, or `nil`: nothing.
    private func answer(from address: NativeAddress) -> Int32? {
        guard case .ipv4(_, let port) = address.value else { return -EAFNOSUPPORT }
        if world.now - world.scenario.startsAt < world.scenario.servers[Int(port) - 1].opensAt { return -ECONNREFUSED }
        switch world.chance.one(of: world.scenario.servers[Int(port) - 1].answers) {
        case .accepts: return Int32(port)
        case .refuses: return -ECONNREFUSED
        case .unreachable: return -ENETUNREACH
        case .silence: return nil
        }
    }

    func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) {
        guard let link = link(of: descriptor, for: "receive") else { return }
        if link.isEndRead { world.fail("a receive from \(link.role) \(link.number), which has ended") }
        bind(token, to: link)
        let operation = PendingOperation(self, .receive(link), token, descriptor, at: world.now)
        // A readiness engine tells of bytes until it is told to stop.
        if habits.keepsReceivedBytes { operation.extent = extent }
        link.operations.append(operation)
        begin(operation)
    }

    func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        guard let link = link(of: descriptor, for: "poll") else { return }
        bind(token, to: link)
        let operation = PendingOperation(self, .poll(link, readiness), token, descriptor, at: world.now)
        link.operations.append(operation)
        begin(operation)
    }

    func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        guard let link = link(of: descriptor, for: "send") else { return .finished(-EBADF, asked: queue.count) }
        if queue.isEmpty { world.fail("a send of nothing") }
        bind(token, to: link)
        let operation = PendingOperation(self, .send(link), token, descriptor, at: world.now)
        operation.pieces = pieces(of: queue)
        operation.isUrgent = isUrgent || operation.asked < queue.count
        guard habits.keepsReceivedBytes else {
            return .finished(transmit(operation.pieces, to: link), asked: operation.asked)
        }
        if link.operations.contains(where: \.isSend) { world.fail("two sends to \(link.role) \(link.number) at once") }
        memory.lend(operation.pieces, 1)
        link.operations.append(operation)
        begin(operation)
        return .queued(asked: operation.asked)
    }

    private func pieces(of queue: BufferQueue) -> [PendingOperation.Piece] {
        var pieces: [PendingOperation.Piece] = []
        var index = queue.first
        while index != BufferPool.none, pieces.count < habits.piecesMax {
            let held = buffers[index]
            pieces.append(PendingOperation.Piece(buffer: index, offset: Int(held.offset), count: Int(held.count)))
            index = held.next
        }
        return pieces
    }

    private func begin(_ operation: PendingOperation) {
        if operations[operation.token.rawValue] != nil {
            world.fail("a second operation with the token of one that is in flight: \(operation.token.operation!)")
        }
        operations[operation.token.rawValue] = operation
        submit(.arm(operation))
    }

    func cancel(_ token: Token, on descriptor: Int32) {
        guard let operation = operations[token.rawValue] else {
            return world.fail("a cancel of \(token.operation.map { "\($0)" } ?? "?"), which is not in flight")
        }
        if operation.descriptor != descriptor { world.fail("a cancel names descriptor \(descriptor), not \(operation.descriptor)") }
        submit(.cancel(token))
    }

    func close(_ descriptor: Int32, abruptly: Bool) {
        switch holder(of: descriptor, for: "close") {
        case .listener(let listener)?:
            if listener.isClosing { world.fail("listener \(listener.place) is closed twice") }
            if !listener.operations.isEmpty { world.fail("listener \(listener.place) is closed with an accept in flight") }
            if !listener.queue.isEmpty, !world.isStopped {
                world.fail("listener \(listener.place) is closed with \(listener.queue.count) clients in its queue")
            }
            listener.isClosing = true
        case .socket(let link)?:
            if link.isClosing { world.fail("descriptor \(descriptor) is closed twice") }
            if let operation = link.operations.first {
                world.fail("\(link.role) \(link.number) is closed with \(operation.token.operation!) in flight")
            }
            world.closedByShard(link, abruptly: abruptly)
        case .pipe?: break
        case nil: return
        }
        submit(.close(descriptor, abruptly: abruptly))
    }

    private func submit(_ submission: Submission) {
        submissions.append(submission)
        // A queue that is full is handed over in the middle of a turn; a readiness engine has no queue.
        if !habits.keepsReceivedBytes || world.chance.happens(world.scenario.faults.fullQueue) { handOver() }
    }

    /// The kernel looks at what it was given, in order.
    func handOver() {
        guard !submissions.isEmpty else { return }
        let taken = submissions
        submissions = []
        for submission in taken {
            switch submission {
            case .arm(let operation): arm(operation)
            case .cancel(let token): cancelNow(token)
            case .close(let descriptor, _): closeNow(descriptor)
            }
        }
    }

    private func closeNow(_ descriptor: Int32) {
        switch world.descriptors[descriptor] {
        case .listener(let listener)?:
            for link in listener.queue { world.abandon(link) }
            listener.queue = []
        case .socket(let link)?: link.descriptor = -1
        case .pipe?, nil: break
        }
        world.descriptors.close(descriptor)
        world.progress += 1
    }

    // MARK: - Descriptors and handles

    func holder(of descriptor: Int32, for order: String) -> DescriptorTable.Holder? {
        let holder = world.descriptors[descriptor]
        if holder == nil { world.fail("\(order) on descriptor \(descriptor), which is not open") }
        return holder
    }

    /// The open socket at `descriptor`; anything else breaks a rule.
    func link(of descriptor: Int32, for order: String) -> Link? {
        guard case .socket(let link)? = holder(of: descriptor, for: order) else { return nil }
        if link.isClosing {
            world.fail("\(order) on \(link.role) \(link.number), which is being closed")
            return nil
        }
        return link
    }

    private func handle(_ token: Token) -> UInt64 { token.rawValue & 0x00ff_ffff_ffff_ffff }

    /// A relay shows by its tokens which two sockets are its own.
    private func bind(_ token: Token, to link: Link) {
        guard world.ledger == nil else { return }
        let isClient = [.receiveUp, .bytesUp, .failureUp, .sendDown, .roomDown].contains(token.operation)
        if isClient != (link.role == .client) { world.fail("\(token.operation!) on the \(link.role)'s socket") }
        if isClient { clients[handle(token)] = link } else { servers[handle(token)] = link }
        guard let client = clients[handle(token)], let server = servers[handle(token)], server.isConnected else { return }
        if !client.isClosing, !server.isClosing { world.join(client: client, server: server) }
    }
}
