// Fresh connections to the shard that holds the fewest: SO_REUSEPORT spreads them by a hash, which is even
// on average only, and long connections stay where they began.

extension Shard where IO: ~Copyable {
    /// Above so many shards only some are looked at, drawn at random: a look at another core's memory costs
    /// some 50 ns.
    private static var comparedMax: Int { 8 }
    /// A shard this much above another one hands over, and a sixteenth of the other's connections more: where
    /// both have many, a few more or less are not worth a message.
    private static var slack: Int { 4 }

    /// A connection whose places are taken: to another shard that has clearly fewer, or served here.
    mutating func settle(_ descriptor: Int32, at place: Int) {
        if inboxes.count > 1, !isDraining, let target = lighterShard() {
            inboxes[target].addLoad(1)
            if post(.connection(descriptor: descriptor, listener: place), to: target) { return counters.count(.handOvers) }
            inboxes[target].addLoad(-1)
        }
        inboxes[index].addLoad(1)
        begin(descriptor, at: place)
    }

    private mutating func lighterShard() -> Int? {
        var best = index
        var least = inboxes[index].load
        let own = least
        if own < Self.slack { return nil }
        let isFew = inboxes.count <= Self.comparedMax
        for step in 0..<min(inboxes.count, Self.comparedMax) {
            let other = isFew ? step : Int(truncatingIfNeeded: io.random() % UInt64(inboxes.count))
            let load = inboxes[other].load
            if load < least { (best, least) = (other, load) }
        }
        return own >= least + Self.slack + least / 16 ? best : nil
    }

    /// Leaves a message for another shard and wakes it. Answers `false` where the message stays ours.
    mutating func post(_ message: ShardMessage, to shard: Int) -> Bool {
        guard inboxes[shard].post(message) else { return false }
        if inboxes[shard].shouldRing() { wake(shard) }
        return true
    }

    private mutating func wake(_ shard: Int) {
        let ring = inboxes[shard].ring
        if ring >= 0 {
            io.message(to: ring, ifRefused: Token(.bell, index: shard))
        } else {
            inboxes[shard].ringByDescriptor()
        }
    }

    /// What other shards have left here.
    mutating func takeMessages() {
        inboxes[index].look()
        while let message = inboxes[index].take() {
            switch message {
            case .connection(let descriptor, let place): receive(descriptor, at: place)
            case .place(let server, let backend): granted(server, of: backend)
            }
        }
    }

    private mutating func receive(_ descriptor: Int32, at place: Int) {
        counters.count(.received)
        guard !orders.contains(.stop) else {
            io.close(descriptor, abruptly: true)
            inboxes[index].addLoad(-1)
            return releaseLimits(of: place)
        }
        begin(descriptor, at: place)
    }

    /// The shard has nothing left to do: no message is accepted any more, and those on their way are served.
    mutating func closeInbox() {
        if !inboxes[index].isClosed { inboxes[index].close() }
        while !inboxes[index].isDrained { takeMessages() }
    }
}
