// Calls that the kernel answers at once.

import Codecs
import Glibc
@testable import Engine

extension SimulatedEngine {
    private var faults: Faults { world.scenario.faults }

    func makeSocket() -> Int32 {
        if world.chance.happens(faults.socketFails) {
            world.troubles += 1
            return world.chance.one(of: [-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM])
        }
        let link = world.makeLink(.server)
        let descriptor = world.descriptors.open(.socket(link))
        if descriptor < 0 { world.troubles += 1 }
        link.descriptor = descriptor
        // A readiness engine's sockets never wait.
        link.isNonBlocking = !habits.keepsReceivedBytes
        return descriptor
    }

    func acceptNow(on descriptor: Int32) -> Int32 {
        guard case .listener(let listener)? = holder(of: descriptor, for: "acceptNow"), !listener.isClosing else {
            world.fail("acceptNow on descriptor \(descriptor), which is no open listener")
            return -EBADF
        }
        if habits.keepsReceivedBytes, !listener.isNonBlocking { world.fail("acceptNow would wait") }
        return listener.queue.isEmpty ? -EAGAIN : takeClient(listener)
    }

    func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) {
        guard habits.keepsReceivedBytes else { return }
        switch holder(of: descriptor, for: "setNonBlocking") {
        case .listener(let listener)?: listener.isNonBlocking = isOn
        case .socket(let link)?: link.isNonBlocking = isOn
        case .pipe?, nil: break
        }
    }

    func hasNews(_ descriptor: Int32) -> Bool {
        guard let link = link(of: descriptor, for: "hasNews") else { return false }
        return link.inbound.readable > 0 || link.inbound.hasEndArrived || link.isBroken
    }

    func shutdownSending(_ descriptor: Int32) -> Int32 {
        guard let link = link(of: descriptor, for: "shutdown") else { return -EBADF }
        if link.isShut { world.fail("\(link.role) \(link.number) is shut down twice") }
        if link.operations.contains(where: \.isSend) { world.fail("\(link.role) \(link.number) is shut down with a send in flight") }
        if link.isBroken { return -ENOTCONN }
        world.shutByShard(link)
        return 0
    }

    func unsent(on descriptor: Int32) -> Int32 {
        guard let link = link(of: descriptor, for: "unsent") else { return -EBADF }
        return link.isBroken ? 0 : Int32(link.outbound.sent - link.outbound.arrived)
    }

    func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        guard let link = link(of: descriptor, for: "peerAddress"), !link.isBroken else { return false }
        guard case .ipv4(let host)? = link.address else { return false }
        address = NativeAddress(.ipv4(host: world.scenario.hasPrefaces ? Scenario.peers + UInt32(link.number) : host, port: 40_000))
        return true
    }

    func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        guard let link = link(of: descriptor, for: "localAddress") else { return false }
        address = NativeAddress(.ipv4(host: 0x7f00_0001, port: UInt16(8000 + link.listenerPlace)))
        return true
    }

    /// Sends from memory that is not kept.
    func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        guard let link = link(of: descriptor, for: "sendNow"), let base = bytes.baseAddress else { return -EBADF }
        if link.operations.contains(where: \.isSend) { world.fail("two sends to \(link.role) \(link.number) at once") }
        if link.wantedIntroduction != nil, link.introduction == nil { return introduce(link, bytes) }
        if let failure = link.sendFailure() {
            if link.isShut { world.fail("bytes are sent to \(link.role) \(link.number) after its end") }
            return failure
        }
        if world.chance.happens(faults.interrupted) { return -EINTR }
        var count = min(bytes.count, link.outbound.room)
        if count == 0 || world.chance.happens(faults.seemsFull) { return -EAGAIN }
        if count > 1, world.chance.happens(faults.partialSend) { count = world.chance.part(of: count) }
        take(base.assumingMemoryBound(to: UInt8.self), count: count, for: link)
        world.served(link)
        world.flow(link, .toPeer)
        return Int32(count)
    }

    /// The first bytes for a server that wants a header. They take no room here: a fresh socket has plenty.
    private func introduce(_ link: Link, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        if let failure = link.sendFailure() {
            world.troubles += 1
            return failure
        }
        if world.chance.happens(faults.interrupted) { return -EINTR }
        guard case .header(let header, bytes.count) = ProxyHeader.parse(bytes), header.version == link.wantedIntroduction else {
            world.fail("the first \(bytes.count) bytes for server \(link.number) are not the header that it wants")
            return Int32(bytes.count)
        }
        link.introduction = header
        if world.chance.happens(faults.shortIntroduction) {
            world.troubles += 1
            return Int32(bytes.count - 1)
        }
        return Int32(bytes.count)
    }

    // MARK: - Pipes

    func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 {
        if world.chance.happens(faults.pipeFails) { return -ENFILE }
        let pipe = SimulatedPipe(capacity: world.chance.happens(faults.smallPipe) ? 4096 : world.scenario.pipeBytes)
        reading = world.descriptors.open(.pipe(pipe, isReading: true))
        guard reading >= 0 else { return reading }
        writing = world.descriptors.open(.pipe(pipe, isReading: false))
        guard writing >= 0 else {
            world.descriptors.close(reading)
            return writing
        }
        return Int32(pipe.capacity)
    }

    func splice(from source: Int32, to target: Int32, count: Int) -> Int {
        switch (holder(of: source, for: "splice"), holder(of: target, for: "splice")) {
        case (.socket(let link)?, .pipe(let pipe, isReading: false)?): fill(pipe, from: link, atMost: count)
        case (.pipe(let pipe, isReading: true)?, .socket(let link)?): empty(pipe, into: link, atMost: count)
        default: -Int(EBADF)
        }
    }

    private func fill(_ pipe: SimulatedPipe, from link: Link, atMost count: Int) -> Int {
        judgeSplice(link)
        if pipe.segments.contains(where: { $0.link !== link }) { world.fail("a pipe still holds a stranger's bytes") }
        if link.isUnspliceable { return -Int(EINVAL) }
        var moved = min(count, pipe.capacity - pipe.count, link.inbound.readable)
        guard moved > 0 else {
            if link.inbound.readable > 0 { return -Int(EAGAIN) }
            // Urgent data stops a splice as well, so its 0 is not yet the end: a receive tells.
            if link.inbound.hasEndArrived { return 0 }
            return link.emptyReceiveResult(at: world.now).map(Int.init) ?? -Int(EAGAIN)
        }
        if world.chance.happens(faults.interrupted) { return -Int(EINTR) }
        if moved > 1, world.chance.happens(faults.shortSplice) { moved = world.chance.part(of: moved) }
        if link.hasPrefaceLeft { world.fail("the header of \(link.role) \(link.number) is spliced") }
        if world.ledger != nil { pipe.take(from: link, count: moved) }
        pipe.append(link, offset: link.readBytes, count: moved)
        link.inbound.read += moved
        link.tunnelEnd?.shardRead()
        world.served(link)
        world.flow(link, .toShard)
        return moved
    }

    private func empty(_ pipe: SimulatedPipe, into link: Link, atMost count: Int) -> Int {
        judgeSplice(link)
        if link.operations.contains(where: \.isSend) { world.fail("a splice to \(link.role) \(link.number) beside a send") }
        if let failure = link.sendFailure() { return Int(failure) }
        var moved = min(count, pipe.count, link.outbound.room)
        if moved == 0 || world.chance.happens(faults.seemsFull) { return -Int(EAGAIN) }
        if moved > 1, world.chance.happens(faults.shortSplice) { moved = world.chance.part(of: moved) }
        var left = moved
        while left > 0, let segment = pipe.segments.first {
            let step = min(left, segment.count)
            if world.ledger != nil {
                pipe.lend(count: step) { take($0.baseAddress!, count: step, for: link) }
                pipe.drop(step)
                left -= step
                continue
            }
            if segment.link.role != link.role, segment.link.pair == nil || link.pair == nil {
                let isClient = link.role == .client
                world.join(client: isClient ? link : segment.link, server: isClient ? segment.link : link)
            }
            if link.pair !== segment.link { world.fail("spliced bytes for \(link.role) \(link.number) are a stranger's") }
            world.judgeIntroduction(link)
            if segment.offset != link.outbound.sent {
                world.fail("spliced bytes for \(link.role) \(link.number) begin at \(segment.offset), not at \(link.outbound.sent)")
            }
            passed(step, to: link)
            pipe.drop(step)
            left -= step
        }
        world.served(link)
        world.flow(link, .toPeer)
        return moved
    }

    private func judgeSplice(_ link: Link) {
        if link.isClosing { world.fail("splice on \(link.role) \(link.number), which is being closed") }
        if !link.isNonBlocking, habits.keepsReceivedBytes { world.fail("a splice on \(link.role) \(link.number) would wait") }
    }
}
