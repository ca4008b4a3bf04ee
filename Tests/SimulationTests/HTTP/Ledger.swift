// The judges of a world that speaks HTTP: who asked what, which servers saw it, what came back. This file keeps
// the books and looks at what servers are told; LedgerAnswers.swift looks at what clients are told.

import Codecs
import Glibc

final class Ledger {
    unowned(unsafe) var world: World?
    private var chance: Chance
    let retriesMax: Int
    let isFair: Bool
    /// There is a balancer in between: its own rules hold.
    var isProxied: Bool
    private(set) var violation: String?
    /// Where clients ask for WebSockets.
    private(set) var tunnels: TunnelLedger?
    var clients: [HTTPClient] = []
    var lines: [ServerLine] = []
    private(set) var asked: [Asked] = []
    private(set) var attempts: [Attempt] = []

    init(_ scenario: Scenario) {
        chance = Chance(seed: scenario.seed ^ 0x1ed6_e200)
        retriesMax = scenario.retriesMax
        isFair = scenario.isFair
        isProxied = !scenario.isRelayed
        if scenario.isWebSocket { tunnels = TunnelLedger(scenario, self) }
    }

    func tearDown() {
        tunnels?.tearDown()
        clients = []
        lines = []
        asked = []
        attempts = []
    }

    func nextSeed() -> UInt64 { chance.next() }

    func fail(_ rule: String) {
        if violation == nil { violation = rule }
        world?.fail(rule)
    }

    func trace(_ text: @autoclosure () -> String) { world?.trace(text()) }

    func ask(_ plan: RequestPlan, _ client: HTTPClient, start: Int) -> Asked {
        let record = Asked(id: asked.count + 1, plan, client, start: start, troublesBefore: world?.troubles ?? 0)
        asked.append(record)
        trace("client \(client.name): request \(record.id), \(plan.method) \(plan.body)\(plan.flaw.map { ", \($0)" } ?? "")")
        return record
    }

    // MARK: - What servers are told

    /// The shard's kernel takes bytes for somebody.
    func told(_ link: Link, _ bytes: UnsafeBufferPointer<UInt8>) {
        link.outboundBytes!.append(bytes)
        if let line = link.line { told(line, bytes) }
        link.tunnelEnd?.told(bytes)
    }

    func told(_ line: ServerLine, _ bytes: UnsafeBufferPointer<UInt8>) {
        if line.reader.isBetween { requestBegins(line) }
        line.reader.read(bytes) { act(on: $0, line) }
        if !line.isPartialKnown, !line.reader.partialHead.isEmpty { notePartial(line) }
    }

    private func act(on event: MessageReader.Event, _ line: ServerLine) {
        switch event {
        case .head(let head): headWritten(head, line)
        case .body(let bytes): if let attempt = line.attempts.last { bodyWritten(bytes, attempt) }
        case .end(let trailers):
            if let attempt = line.attempts.last { requestWritten(attempt, trailers, line) }
            line.readBefore = line.shardRead
        case .fault(let text): fail("a server is told what is no request: \(text)")
        }
    }

    /// The first byte of a request: the one before it on this connection is over.
    private func requestBegins(_ line: ServerLine) {
        line.readBefore = line.shardRead
        guard isProxied, let last = line.attempts.last else { return }
        if !last.isAnswerRead { return fail("a request is written behind request \(last.asked.id), which is not answered") }
        if let answer = last.answer, !answer.keepsAlive, !answer.closesSilently {
            fail("a request is written to a connection that ended with the answer to request \(last.asked.id)")
        }
    }

    private func headWritten(_ head: ReadHead, _ line: ServerLine) {
        guard let id = head.value("x-id").flatMap({ Int($0) }), (1...asked.count).contains(id) else {
            return fail("a server is told a request that nobody has sent: \(head.method) \(head.target)")
        }
        let record = asked[id - 1]
        line.isPartialKnown = false
        record.partialLines.removeAll { $0 === line }
        let attempt = Attempt(
            record, serial: attempts.count, line, headEnd: line.reader.readCount, readBefore: line.readBefore)
        trace("request \(id) is written to server \(line.server)\(line.link.map { ", connection \($0.number)" } ?? "")")
        judgeRepeat(record, line)
        judgeHead(head, line.reader.framing, record)
        record.attempts.append(attempt)
        attempts.append(attempt)
        line.attempts.append(attempt)
        judgePlaces(line)
    }

    /// A part of a head has been written: whose it is, as soon as that can be told.
    private func notePartial(_ line: ServerLine) {
        let text = String(decoding: line.reader.partialHead, as: UTF8.self)
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count == 3 else { return }
        let digits =
            parts[1] == "*"
            ? text.lowercased().split(separator: "\r\nx-id: ").dropFirst().first.map { $0.prefix { $0.isNumber } }
            : parts[1].dropFirst().prefix { $0.isNumber }
        guard let digits, let id = Int(digits), (1...asked.count).contains(id) else { return }
        line.isPartialKnown = true
        asked[id - 1].partialLines.append(line)
    }

    /// Nothing is sent twice that may not be.
    private func judgeRepeat(_ record: Asked, _ line: ServerLine) {
        let isBegunElsewhere = record.partialLines.contains { $0.reader.partialHead.count > 0 }
        if isBegunElsewhere, !record.plan.isIdempotent {
            return fail("request \(record.id), a \(record.plan.method), is begun twice")
        }
        guard let last = record.attempts.last else { return }
        if !record.plan.isIdempotent { return fail("request \(record.id), a \(record.plan.method), is sent twice") }
        if record.attempts.count > retriesMax { fail("request \(record.id) is sent \(record.attempts.count + 1) times") }
        // A send that was ordered before the repetition may run after it, to a server that has gone.
        if last.isAnswerBegun, !line.isLeft, !line.hasFailed { fail("request \(record.id) is sent again, though an answer had begun") }
    }

    private func judgeHead(_ head: ReadHead, _ framing: MessageReader.Framing, _ record: Asked) {
        let (plan, id) = (record.plan, record.id)
        func expect(_ isTrue: Bool, _ what: String) {
            if !isTrue { fail("request \(id) reaches a server with \(what)") }
        }
        if let flaw = plan.flaw, !flaw.isOfBody { return fail("request \(id) must be refused, \(flaw), and reaches a server") }
        expect(head.method == plan.method, "method \(head.method) for \(plan.method)")
        expect(framing == .none ? plan.body.count == 0 : framing.isSame(as: plan.body), "framing \(framing) for \(plan.body)")
        guard isProxied else { return }
        expect(head.target == RequestText.target(plan, id: id), "target \(head.target)")
        expect(head.minorVersion == 1, "version 1.0")
        expect(head.values("host") == [RequestText.host], "hosts \(head.values("host"))")
        judgeHopFields(head, expect)
        let sender = record.client.link?.address
        expect(head.values("x-forwarded-for").count == 1, "\(head.values("x-forwarded-for").count) lines of X-Forwarded-For")
        if case .ipv4(let host)? = sender {
            let text = [24, 16, 8, 0].map { String(host >> $0 & 255) }.joined(separator: ".")
            expect(head.value("x-forwarded-for") == text, "X-Forwarded-For \(head.values("x-forwarded-for"))")
        }
        expect(head.values("x-request-id").count == 1, "\(head.values("x-request-id").count) lines of X-Request-ID")
    }

    /// What is between neighbours does not go further.
    func judgeHopFields(_ head: ReadHead, _ expect: (Bool, String) -> Void) {
        for name in ["x-hop", "upgrade", "http2-settings", "te", "proxy-connection"] {
            expect(head.values(name).isEmpty, "the field \(name)")
        }
        expect(
            head.connectionOptions.allSatisfy { $0 == "close" || $0 == "keep-alive" },
            "connection options \(head.connectionOptions)")
    }

    /// A server's limit holds at every moment, over all shards.
    private func judgePlaces(_ line: ServerLine) {
        guard let world, line.server >= 0 else { return }
        let limit = world.scenario.servers[line.server].connectionsMax
        guard limit > 0 else { return }
        let count = lines.count { $0.server == line.server && $0.isBusy }
        if count > limit { fail("server \(line.server) has \(count) requests to answer, and takes \(limit)") }
    }

    private func bodyWritten(_ bytes: UnsafeBufferPointer<UInt8>, _ attempt: Attempt) {
        let record = attempt.asked
        // A chunk that is longer than its size is good as far as its size goes.
        if record.plan.flaw == .chunkEnd, attempt.bodyCount + bytes.count > record.plan.body.count {
            attempt.bodyCount += bytes.count
            return
        }
        if attempt.bodyCount + bytes.count > record.plan.body.count {
            fail("the body of request \(record.id) is longer at a server than it was")
        } else if !Pattern.matches(
            RequestText.stream(id: record.id), offset: attempt.bodyCount, bytes.baseAddress!, count: bytes.count)
        {
            fail("wrong bytes in the body of request \(record.id) from offset \(attempt.bodyCount), \(bytes.count) of them")
        }
        attempt.bodyCount += bytes.count
    }

    private func requestWritten(_ attempt: Attempt, _ trailers: [ReadHead.Field], _ line: ServerLine) {
        let record = attempt.asked
        attempt.end = line.reader.readCount
        if attempt.bodyCount != record.plan.body.count {
            fail("the body of request \(record.id) ends after \(attempt.bodyCount) of \(record.plan.body.count) bytes")
        }
        if record.plan.flaw != nil { fail("the body of request \(record.id) must be refused, and ends at a server") }
        let wanted =
            record.plan.hasTrailers ? [ReadHead.Field(name: "x-trailer", value: RequestText.trailer(id: record.id))] : []
        if line.reader.framing == .chunked, trailers != wanted {
            fail("request \(record.id) has trailers \(trailers) at a server")
        }
    }
}

extension MessageReader.Framing {
    /// Whether a request's body is framed as it was, or, where it was held whole, by its length.
    func isSame(as body: RequestPlan.Body) -> Bool {
        switch (self, body) {
        case (.chunked, .chunked): true
        case (.length(let count), _): count == body.count
        default: false
        }
    }
}
