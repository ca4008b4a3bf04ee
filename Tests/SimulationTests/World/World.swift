// Everything outside the shards: the clock, the network, clients and servers, the process's descriptors.
// It also judges: whatever a shard asks that no kernel should be asked ends the run with a violation.

import Codecs

@testable import Engine

final class World {
    let scenario: Scenario
    let plan: Plan
    let isTracing: Bool
    var chance: Chance
    private(set) var now: UInt64
    private var events = EventQueue()
    var descriptors: DescriptorTable
    private(set) var links: [Link] = []
    var engines: [SimulatedEngine] = []
    let inboxes: UnsafeMutableBufferPointer<Inbox>
    /// By shard, then by place.
    private(set) var listeners: [[SimulatedListener]] = []
    /// The first rule that was broken.
    private(set) var violation: String?
    /// Grows whenever anything moves: bytes, connections, events outside.
    var progress = 0
    /// Connects that failed, and sockets that could not be made.
    var troubles = 0
    /// Orders that were given to every shard.
    private(set) var isDraining = false
    private(set) var isStopped = false
    /// Clients that have not arrived, or not left.
    private(set) var clientsLeft: Int
    private var clientCount = 0
    /// Clients that came to a listener that was open no more.
    private(set) var turnedAway = 0
    /// Of worlds that speak HTTP.
    let ledger: Ledger?
    /// Bytes that the shards passed on, up and down.
    var passedUp = 0
    var passedDown = 0

    init(_ scenario: Scenario, plan: Plan, isTracing: Bool) {
        self.scenario = scenario
        self.plan = plan
        self.isTracing = isTracing
        chance = Chance(seed: scenario.seed)
        inboxes = .allocate(capacity: scenario.shardCount)
        for shard in inboxes.indices { inboxes.initializeElement(at: shard, to: Inbox(index: shard, wakeDescriptor: -1)) }
        now = scenario.startsAt
        descriptors = DescriptorTable(limit: .max)
        clientsLeft = scenario.clients.count
        ledger = scenario.isHTTP ? Ledger(scenario) : nil
        for shard in 0..<scenario.shardCount {
            listeners.append(
                plan.listeners.indices.map { place in
                    let listener = SimulatedListener(place: place, shard: shard)
                    listener.descriptor = descriptors.open(.listener(listener))
                    listener.servedAt = now
                    return listener
                })
        }
        limitDescriptors(to: scenario.descriptorsMax)
        for client in scenario.clients { schedule(.clientArrives(client), after: client.at) }
        for change in scenario.descriptorChanges { schedule(.descriptorLimit(change.descriptorsMax), after: change.at) }
        if let time = scenario.drainsAt { schedule(.orders(isStop: false), after: time) }
        if let time = scenario.stopsAt { schedule(.orders(isStop: true), after: time) }
        schedule(.audit, after: Audit.periodNanoseconds)
        ledger?.world = self
    }

    /// Lets go of everything, so that nothing keeps anything else alive.
    func tearDown() {
        events.removeAll()
        descriptors.removeAll()
        for link in links {
            link.peer = nil
            link.operations = []
            link.line = nil
            link.tunnelEnd = nil
        }
        for listener in listeners.joined() {
            listener.queue = []
            listener.operations = []
        }
        for engine in engines { engine.tearDown() }
        engines = []
        links = []
        ledger?.tearDown()
        for inbox in inboxes { inbox.destroy() }
        inboxes.deallocate()
    }

    // MARK: - Judging

    func fail(_ rule: String) {
        guard violation == nil else { return }
        violation = "at \(sinceStart): \(rule)"
        trace("VIOLATION: \(rule)")
    }

    func trace(_ text: @autoclosure () -> String) {
        if isTracing { print("\(sinceStart)  \(text())") }
    }

    /// Virtual time since the start, in milliseconds with three decimals.
    private var sinceStart: String {
        let microseconds = (now - scenario.startsAt) / 1000
        let rest = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) ms"
    }

    // MARK: - Time

    var nextEventTime: UInt64? { events.nextTime }

    func schedule(_ event: Event, after delay: UInt64) { events.append(event, at: now + delay) }

    func advance(to time: UInt64) { now = max(now, time) }

    func runDueEvents() {
        while let event = events.removeFirst(dueAt: now) { happen(event) }
    }

    /// The shards are done: what their kernel still holds reaches the peers.
    func settle() {
        let end = now + 60_000_000_000
        while let time = nextEventTime, time < end, links.contains(where: { $0.peer?.isReading ?? false }) {
            advance(to: time)
            runDueEvents()
        }
    }

    private func happen(_ event: Event) {
        switch event {
        case .step(let operation): operation.engine.stepScheduled(operation)
        case .endCancelled(let operation): operation.engine.endCancelled(operation)
        case .connectAnswered(let operation, let result): operation.engine.connectAnswered(operation, result)
        case .transfer(let link, let heading): transfer(link, heading)
        case .resetArrives(let link): resetArrived(link)
        case .clientArrives(let client): arrive(client)
        case .peerWrites(let peer): peer.writes()
        case .peerReads(let peer): peer.reads()
        case .peerResets(let peer): peer.resets()
        case .peerActs(let peer): peer.acts()
        case .bell(let engine): engine.rung()
        case .orders(let isStop): order(isStop: isStop)
        case .descriptorLimit(let count): limitDescriptors(to: count)
        case .audit:
            Audit.run(self)
            schedule(.audit, after: Audit.periodNanoseconds)
        }
    }

    private func limitDescriptors(to count: Int?) {
        trace("descriptors for sockets and pipes: \(count.map(String.init) ?? "any number")")
        descriptors.limit = count.map { $0 + listeners.joined().count } ?? .max
    }

    /// Whether any bytes have moved for shorter than a relay may be idle.
    var isAnyMoving: Bool {
        let relays = max(scenario.tunnelTimeout, scenario.halfCloseTimeout)
        let http = scenario.http.longestTimeout
        let longest = scenario.isWebSocket ? max(relays, http) : scenario.isHTTP ? http : relays
        let patience = (longest + 1000) * 1_000_000
        return links.contains { !$0.isClosing && now - $0.movedAt < patience }
    }

    /// The time of the scenario is over, and what still moves is ended.
    private(set) var isOutOfTime = false

    func endWhatMoves() {
        isOutOfTime = true
        order(isStop: true)
    }

    private func order(isStop: Bool) {
        trace(isStop ? "ORDER: stop" : "ORDER: drain")
        progress += 1
        isDraining = true
        ledger?.tunnels?.drains()
        if isStop { isStopped = true }
        for engine in engines { engine.wake(isStop ? [.drain, .stop] : [.drain]) }
    }

    // MARK: - Who comes and goes

    private func arrive(_ client: ClientPlan) {
        let listener = listeners[client.shard][client.listener]
        guard !listener.isClosing else {
            turnedAway += 1
            return clientLeft()
        }
        let link = makeLink(.client)
        link.listenerPlace = client.listener
        clientCount += 1
        link.address = scenario.address(clientCount)
        link.preface = client.script.preface
        if let source = link.preface.source { link.address = source.host }
        link.connected(at: now)
        trace("client \(link.number) arrives at listener \(client.listener) of shard \(client.shard)")
        if listener.queue.isEmpty { listener.servedAt = now }
        listener.queue.append(link)
        meet(link, client.script, conversation(of: client))
        for operation in listener.operations { operation.engine.kick(operation) }
    }

    private func conversation(of client: ClientPlan) -> ((Ledger, Link) -> Conversation)? {
        if let plan = client.webSocket {
            return { [unowned self] ledger, link in
                let conversation = WebSocketClient(plan, ledger, link)
                conversation.comeAgain = { [unowned self] pause in comeAgain(client, after: pause) }
                return conversation
            }
        }
        guard let plan = client.http else { return nil }
        let isSlow = scenario.isSlow(client.script) || scenario.isSlow(plan)
        return { ledger, link in
            let conversation = HTTPClient(plan, ledger, link)
            conversation.isSlow = isSlow
            return conversation
        }
    }

    /// A client whose tunnel was moved makes a new one.
    private func comeAgain(_ client: ClientPlan, after pause: UInt64) {
        var client = client
        client.webSocket?.returnsMax -= 1
        clientsLeft += 1
        schedule(.clientArrives(client), after: pause)
    }

    func makeLink(_ role: Link.Role) -> Link {
        let network = scenario.network
        func channel() -> Channel {
            Channel(sendCapacity: chance.within(network.sendCapacity), receiveCapacity: chance.within(network.receiveCapacity))
        }
        let link = Link(number: links.count + 1, role: role, inbound: channel(), outbound: channel(), at: now)
        link.isUnspliceable = chance.happens(scenario.faults.unspliceable)
        link.troublesBefore = troubles
        link.shortagesBefore = memoryShortages
        link.exhaustionsBefore = exhaustions
        if ledger != nil { (link.inboundBytes, link.outboundBytes) = (ByteStream(), ByteStream()) }
        links.append(link)
        return link
    }

    /// Somebody takes his place at the far end of a link.
    func meet(_ link: Link, _ script: PeerScript, _ makeConversation: ((Ledger, Link) -> Conversation)? = nil) {
        let peer = ledger.map { Speaker(self, link, script, makeConversation!($0, link)) } ?? Peer(self, link, script)
        link.peer = peer
        peer.begin()
    }

    func peerLeft(_ peer: Peer) {
        if peer.link.role == .client { clientLeft() }
    }

    /// With the last client the work is done: the shards are told to drain.
    private func clientLeft() {
        progress += 1
        clientsLeft -= 1
        if clientsLeft == 0, !isDraining, scenario.drainsAt == nil, scenario.stopsAt == nil {
            schedule(.orders(isStop: false), after: scenario.drainPause)
        }
    }
}
