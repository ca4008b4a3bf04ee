// What comes before a connection's own bytes: a PROXY header that says who the client is. It is gathered
// until it is whole; the bytes behind it wait for the server.

internal import Codecs
internal import Config
internal import Glibc

/// The header that each connection of a listener has to begin with.
struct PrefaceRules: BitwiseCopyable {
    let accepted: ProxyHeader.Accepted
    /// Peers that may send one. A Unix socket's peers have no address: who may open its file is trusted.
    let trusted: NetworkList

    init?(_ listener: Listener) {
        guard let accepted = listener.proxyProtocol else { return nil }
        self.accepted = accepted
        trusted = NetworkList(listener.proxyTrusted)
    }

    func destroy() { trusted.destroy() }
}

extension Shard where IO: ~Copyable {
    /// How long a header may take, from accept to its last byte. Senders write it with the first packet;
    /// this bounds what a broken one can hold.
    private static var prefaceMilliseconds: UInt64 { 5_000 }

    /// Whether the peer may say who the client is. Anybody else could claim any address.
    func mayName(_ relay: Relay, _ preface: PrefaceRules) -> Bool {
        guard let host = relay.clientAddress.endpoint?.host, !preface.trusted.contains(host) else { return true }
        counters.count(.proxyUntrusted)
        return false
    }

    mutating func awaitPreface(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        relay.pointee.phase = .preface
        relay.pointee.phaseDeadline = Tick(nanoseconds: io.now).after(milliseconds: Self.prefaceMilliseconds)
        timers.schedule(handle.slot, at: relay.pointee.phaseDeadline)
        receivePreface(handle, relay)
    }

    mutating func prefaceExpired(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        counters.count(.proxyTimeouts)
        end(handle, relay, .prefaceTimeout, isAbrupt: true)
    }

    /// One receive at a time: what comes before the server is known is bounded, and is not read on.
    private mutating func receivePreface(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let direction = relay.direction(.up)
        // Whoever waits for buffers longer comes first.
        guard starved.isEmpty else { return starve(direction, relay, handle, .up) }
        direction.pointee.facts.insert(.receiving)
        io.receive(from: relay.pointee.client, .once, Token(.receiveUp, handle))
    }

    // MARK: - What comes

    /// Bytes, or the end of receiving, from a client that is not joined with a server yet.
    mutating func gathered(_ completion: Completion, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        guard completion.result > 0 else { return gatheringEnded(completion.result, handle, relay) }
        guard keep(completion, relay.direction(.up)) else {
            counters.count(.spillExhausted)
            return end(handle, relay, .resourcesShort, isAbrupt: true)
        }
        switch relay.pointee.phase {
        case .preface: readPreface(handle, relay)
        case .leaving: leave(handle, relay)
        case .connecting, .queued, .waiting, .established, .flushing, .closing: break
        }
    }

    /// Puts received bytes behind those that wait, one piece with them. Answers `false` where there is no
    /// memory for them.
    private mutating func keep(_ completion: Completion, _ direction: UnsafeMutablePointer<RelayDirection>) -> Bool {
        defer { direction.pointee.noteFill() }
        if let scratch = completion.scratch {
            return direction.pointee.queue.appendCopy(
                of: UnsafeRawBufferPointer(start: scratch, count: Int(completion.result)), in: io.buffers)
        }
        guard direction.pointee.queue.isEmpty else {
            return direction.pointee.queue.appendMoved(completion.chain, in: io.buffers)
        }
        direction.pointee.queue.append(completion.chain, in: io.buffers)
        return true
    }

    private mutating func gatheringEnded(_ result: Int32, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        let direction = relay.direction(.up)
        let isPreface = relay.pointee.phase == .preface
        switch -result {
        case ECANCELED where relay.pointee.phase == .leaving: leave(handle, relay)
        case ECANCELED: break  // The header was whole, and no more was to be read.
        case EINTR: if isPreface { receivePreface(handle, relay) } else if relay.pointee.phase == .leaving { leave(handle, relay) }
        case ENOBUFS:
            guard isPreface else { return relay.pointee.phase == .leaving ? leave(handle, relay) : () }
            counters.count(.receiveStarved)
            starve(direction, relay, handle, .up)
        case 0:
            guard isPreface else {
                direction.pointee.sourceEnded()
                return relay.pointee.phase == .leaving ? leave(handle, relay) : ()
            }
            guard direction.pointee.queue.isEmpty else { return refuseMalformed(handle, relay) }
            // As health checkers do: a connection, and no word.
            counters.count(.proxyEmpty)
            end(handle, relay, .clientLeft, isAbrupt: false)
        default:
            guard isPreface, !direction.pointee.queue.isEmpty else {
                return end(handle, relay, .clientReset, isAbrupt: true)
            }
            refuseMalformed(handle, relay)
        }
    }

    // MARK: - What it says

    private mutating func readPreface(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        guard let preface = plan.listeners[Int(relay.pointee.listener)].preface else {
            preconditionFailure("a header is awaited where the listener asks for one")
        }
        let direction = relay.direction(.up)
        var outcome = parse(direction.pointee.queue, preface)
        if case .incomplete = outcome, io.buffers.isReceiveBuffer(direction.pointee.queue.first) {
            // A client that sends half a header must not hold a receive buffer. In a spill chunk it is one
            // piece, too: a chunk is longer than any header.
            guard direction.pointee.queue.moveToSpill(in: io.buffers) else {
                counters.count(.spillExhausted)
                return end(handle, relay, .resourcesShort, isAbrupt: true)
            }
            outcome = parse(direction.pointee.queue, preface)
        }
        switch outcome {
        case .incomplete: if !direction.pointee.facts.contains(.receiving) { receivePreface(handle, relay) }
        case .malformed: refuseMalformed(handle, relay)
        case .header(let header, let byteCount): prefaceEnded(header, byteCount, handle, relay)
        }
    }

    /// Looks at the first piece of what has come.
    private func parse(_ queue: BufferQueue, _ preface: PrefaceRules) -> ProxyHeader.Outcome {
        let held = io.buffers[queue.first]
        let bytes = UnsafeRawBufferPointer(start: io.buffers.base(of: queue.first) + Int(held.offset), count: Int(held.count))
        return ProxyHeader.parse(bytes, accepting: preface.accepted)
    }

    private mutating func refuseMalformed(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        counters.count(.proxyMalformed)
        end(handle, relay, .refused, isAbrupt: true)
    }

    /// The header is whole: on to a server, as the client that it names.
    private mutating func prefaceEnded(
        _ header: ProxyHeader, _ byteCount: Int, _ handle: Handle, _ relay: UnsafeMutablePointer<Relay>
    ) {
        let direction = relay.direction(.up)
        direction.pointee.queue.consume(byteCount, in: io.buffers)
        if direction.pointee.facts.contains(.receiving), !direction.pointee.facts.contains(.cancelling) {
            direction.pointee.facts.insert(.cancelling)
            io.cancel(Token(.receiveUp, handle), on: relay.pointee.client)
        }
        // Servers may take their time: until then no receive buffer waits here, as far as there is room.
        if !direction.pointee.queue.moveToSpill(in: io.buffers) { counters.count(.spillExhausted) }
        if case .internet(let source, let destination) = header.ends {
            relay.pointee.clientAddress = PeerAddress(source)
            relay.pointee.destination = PeerAddress(destination)
        }
        guard mayEnter(&relay.pointee) else { return end(handle, relay, .refused, isAbrupt: true) }
        if plan.listeners[Int(relay.pointee.listener)].isHTTP { return leave(handle, relay) }
        beginConnect(handle, relay)
    }

    /// Requests follow the header: once the kernel holds nothing of the relay, its client is one of http mode.
    private mutating func leave(_ handle: Handle, _ relay: UnsafeMutablePointer<Relay>) {
        relay.pointee.phase = .leaving
        timers.cancel(handle.slot)
        guard !relay.pointee.isInFlight else { return }
        let direction = relay.direction(.up)
        let (input, hasEnded, copy) = (direction.pointee.queue, direction.pointee.facts.contains(.ended), relay.pointee)
        relays.remove(handle)
        welcome(copy, input: input, hasEnded: hasEnded)
    }
}
