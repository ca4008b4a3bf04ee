// What the world has in store, and the order in which it comes.

/// Something that will happen.
enum Event {
    /// An operation looks whether it can go on.
    case step(PendingOperation)
    /// A cancelled operation ends as cancelled, unless it has ended otherwise.
    case endCancelled(PendingOperation)
    /// A server has answered a connect, or the network has.
    case connectAnswered(PendingOperation, result: Int32)
    /// The network moves what a link's sender has written.
    case transfer(Link, Heading)
    /// A reset arrives at the shard.
    case resetArrives(Link)
    case clientArrives(ClientPlan)
    case peerWrites(Peer)
    case peerReads(Peer)
    case peerResets(Peer)
    case peerActs(Peer)
    /// Another shard has left a message for this one.
    case bell(SimulatedEngine)
    /// Another thread leaves orders for every shard.
    case orders(isStop: Bool)
    case descriptorLimit(Int?)
    /// The world looks whether anything stands still that should not.
    case audit
}

/// Events by time, and by the order of their making where the time is the same.
struct EventQueue {
    private struct Entry {
        var time: UInt64
        var number: UInt64
        var event: Event
    }

    private var heap: [Entry] = []
    private var number: UInt64 = 0

    var nextTime: UInt64? { heap.first?.time }

    mutating func append(_ event: Event, at time: UInt64) {
        number += 1
        heap.append(Entry(time: time, number: number, event: event))
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard isEarlier(place, parent) else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    /// The first event, where it is due at `time`.
    mutating func removeFirst(dueAt time: UInt64) -> Event? {
        guard let first = heap.first, first.time <= time else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.event
    }

    mutating func removeAll() { heap.removeAll() }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isEarlier(child, least) { least = child }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }

    private func isEarlier(_ left: Int, _ right: Int) -> Bool {
        heap[left].time != heap[right].time ? heap[left].time < heap[right].time : heap[left].number < heap[right].number
    }
}
