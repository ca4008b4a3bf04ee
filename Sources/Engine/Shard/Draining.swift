// The end of a shard: no new connections, the old ones to their end, or all of them at once.

extension Shard where IO: ~Copyable {
    /// Another thread has left orders.
    mutating func woken() {
        if mailbox.descriptor >= 0 {
            io.clearWake(mailbox.descriptor)
            io.poll(mailbox.descriptor, for: .bytes, Token(.wake, index: 0))
        }
        obey(mailbox.posted)
    }

    mutating func obey(_ posted: ShardOrders) {
        if !posted.isEmpty, !isDraining { drain() }
        let isNewStop = posted.contains(.stop) && !orders.contains(.stop)
        orders = posted
        if isNewStop { stopAll() }
    }

    private mutating func drain() {
        isDraining = true
        for place in listeners.indices {
            if listeners[place].isArmed {
                if !listeners[place].isCancelling {
                    listeners[place].isCancelling = true
                    io.cancel(Token(.accept, index: place), on: listeners[place].descriptor)
                }
            } else {
                finishListener(place)
            }
        }
        drainHTTP()
        drainTunnels()
    }

    /// Nothing is armed on the listener any more: whoever stands in its queue is served, as far as
    /// there is room, and it is closed. Closing first would reset them.
    mutating func finishListener(_ place: Int) {
        guard !listeners[place].isArmed, !listeners[place].isClosed else { return }
        let descriptor = listeners[place].descriptor
        io.setNonBlocking(descriptor, true)
        while true {
            let client = io.acceptNow(on: descriptor)
            if client >= 0 {
                admit(client, at: place)
            } else if isOver(-client) {
                break
            }
        }
        // Whoever waits there is served once descriptors have come back; a stop does not wait for that.
        if isOutOfDescriptors, !orders.contains(.stop) { return }
        listeners[place].isClosed = true
        io.close(descriptor, abruptly: false)
    }

    /// Every connection ends now.
    private mutating func stopAll() {
        while let client = parked.removeFirst() {
            listeners[Int(client.listener)].parkedCount -= 1
            io.close(client.descriptor, abruptly: true)
        }
        for place in listeners.indices { finishListener(place) }
        for slot in 0..<relays.walkEnd {
            guard let handle = relays.tenant(of: slot), let relay = relays.find(handle) else { continue }
            end(handle, relay, .stopped, isAbrupt: true)
        }
        stopHTTP()
    }
}
