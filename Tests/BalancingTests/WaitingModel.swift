// The protocol of `WaitingShards` as a small machine, every order of whose steps can be tried.

/// One server, a few shards, each with a few connections to serve. Each access to a shared word is a step of its own.
struct WaitingModel: Hashable {
    /// What could be left out of the protocol, to show that the model would notice.
    enum Flaw { case none, doesNotAskAgain, doesNotLookAgain, addsAndTakesBack }

    /// What a shard does next. Those that carry a place say so in `carriesPlace`.
    enum Step: Hashable {
        case idle, reserve, undoReserve, setBit, reserveAgain, undoReserveAgain, clearBit
        case receive, look, giveBack, lookAgain, reserveBack, undoReserveBack
    }

    struct Shard: Hashable {
        var step = Step.idle
        var toCome: Int
        var waiting = 0
        var served = 0
        var sent = 0
    }

    let limit: Int
    let flaw: Flaw
    var count = 0
    var bits = 0
    var shards: [Shard]

    init(limit: Int, connections: [Int], flaw: Flaw = .none) {
        self.limit = limit
        self.flaw = flaw
        shards = connections.map { Shard(toCome: $0) }
    }

    /// Every connection was served, every place is free, nobody is marked as waiting.
    var isDone: Bool {
        count == 0 && bits == 0
            && shards.allSatisfy { $0.step == .idle && $0.toCome == 0 && $0.waiting == 0 && $0.served == 0 && $0.sent == 0 }
    }

    /// Places that somebody has: in service, on their way, or in the hands of a shard.
    var placesHeld: Int {
        shards.reduce(0) { $0 + $1.served + $1.sent + ([.receive, .look, .giveBack].contains($1.step) ? 1 : 0) }
    }

    /// All states that one step of one shard leads to.
    var successors: [WaitingModel] {
        shards.indices.flatMap { shard -> [WaitingModel] in
            guard shards[shard].step == .idle else { return [after { $0.advance(shard) }] }
            var next: [WaitingModel] = []
            if shards[shard].sent > 0 {
                next.append(
                    after {
                        $0.shards[shard].sent -= 1
                        $0.shards[shard].step = .receive
                    })
            }
            if shards[shard].toCome > 0 {
                next.append(
                    after {
                        $0.shards[shard].toCome -= 1
                        // Behind those that wait already: first come, first served within a shard.
                        if $0.shards[shard].waiting > 0 {
                            $0.shards[shard].waiting += 1
                        } else {
                            $0.shards[shard].step = .reserve
                        }
                    })
            }
            if shards[shard].served > 0 {
                next.append(
                    after {
                        $0.shards[shard].served -= 1
                        $0.shards[shard].step = .look
                    })
            }
            return next
        }
    }

    private func after(_ change: (inout WaitingModel) -> Void) -> WaitingModel {
        var next = self
        change(&next)
        return next
    }

    private mutating func advance(_ shard: Int) {
        switch shards[shard].step {
        case .idle: break
        case .reserve: reserve(shard, got: .idle, undo: .undoReserve, failed: .setBit) { $0.served += 1 }
        case .undoReserve: takeBack(shard, .setBit)
        case .setBit:
            bits |= 1 << shard
            if flaw == .doesNotAskAgain { shards[shard].waiting += 1 }
            shards[shard].step = flaw == .doesNotAskAgain ? .idle : .reserveAgain
        case .reserveAgain:
            reserve(shard, got: .clearBit, undo: .undoReserveAgain, failed: .idle) { $0.served += 1 }
            if shards[shard].step == .idle { shards[shard].waiting += 1 }
        case .undoReserveAgain:
            takeBack(shard, .idle)
            shards[shard].waiting += 1
        case .clearBit:
            bits &= ~(1 << shard)
            shards[shard].step = .idle
        case .receive:
            guard shards[shard].waiting > 0 else {
                shards[shard].step = .look
                return
            }
            shards[shard].waiting -= 1
            shards[shard].served += 1
            shards[shard].step = shards[shard].waiting == 0 ? .clearBit : .idle
        case .look:
            guard let next = nextShard(after: shard) else {
                shards[shard].step = .giveBack
                return
            }
            shards[shard].step = next == shard ? .receive : .idle
            if next != shard { shards[next].sent += 1 }
        case .giveBack:
            count -= 1
            shards[shard].step = flaw == .doesNotLookAgain ? .idle : .lookAgain
        case .lookAgain: shards[shard].step = bits == 0 ? .idle : .reserveBack
        case .reserveBack: reserve(shard, got: .look, undo: .undoReserveBack, failed: .idle) { _ in }
        case .undoReserveBack: takeBack(shard, .idle)
        }
    }

    private mutating func reserve(_ shard: Int, got: Step, undo: Step, failed: Step, _ take: (inout Shard) -> Void) {
        if count < limit {
            count += 1
            take(&shards[shard])
            shards[shard].step = got
        } else if flaw == .addsAndTakesBack {
            count += 1
            shards[shard].step = undo
        } else {
            shards[shard].step = failed
        }
    }

    private mutating func takeBack(_ shard: Int, _ next: Step) {
        count -= 1
        shards[shard].step = next
    }

    private func nextShard(after shard: Int) -> Int? {
        (1...shards.count).lazy.map { (shard + $0) % shards.count }.first { bits & (1 << $0) != 0 }
    }
}
