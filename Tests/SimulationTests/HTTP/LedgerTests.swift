// The judges of HTTP, told of one wrong deed each, without an engine.

import Testing

@Suite struct LedgerTests {
    /// A client whose words go nowhere, and lines to servers that are written by hand.
    private final class Bench {
        let ledger: Ledger
        var clients: [HTTPClient] = []

        init(_ plans: [[RequestPlan]], retriesMax: Int = 2) {
            var scenario = Scenario()
            scenario.retriesMax = retriesMax
            ledger = Ledger(scenario)
            clients = plans.map { requests in
                var plan = HTTPClientPlan(requests: requests)
                plan.depth = 8
                let client = HTTPClient(plan, ledger, nil)
                client.begin()
                return client
            }
        }

        deinit { ledger.tearDown() }

        func line() -> ServerLine {
            let line = ServerLine(nil, server: -1)
            ledger.lines.append(line)
            return line
        }

        /// As a balancer would write it.
        func tell(_ line: ServerLine, _ id: Int, _ method: String = "GET", fields: String = "", body: [UInt8] = []) {
            let head =
                "\(method) /\(id)?q=\(id) HTTP/1.1\r\nHost: example.test\r\nX-Id: \(id)\r\nX-Forwarded-For: 10.0.0.1\r\nX-Request-ID: 1\r\n\(fields)\r\n"
            (Array(head.utf8) + body).withUnsafeBufferPointer { ledger.told(line, $0) }
        }

        /// A server's answer as a balancer would pass it on; it counts as read by the shard.
        func answer(_ attempt: Attempt, count: Int = 10) -> [UInt8] {
            var answer = Answer()
            answer.bodyCount = count
            attempt.answer = answer
            attempt.line.plainRead += 100
            attempt.answerEnd = attempt.line.plainRead
            let head =
                "HTTP/1.1 200 OK\r\nX-Id: \(attempt.asked.id)\r\nX-Serial: \(attempt.serial)\r\nDate: now\r\nContent-Length: \(count)\r\n\r\n"
            return Array(head.utf8) + BodyText.bytes(attempt.stream, offset: 0, count: count)
        }

        func hear(_ bytes: [UInt8], _ client: Int = 0) { bytes.withUnsafeBufferPointer { clients[client].received($0) } }
    }

    @Test("what is right breaks no rule") func faultless() {
        let bench = Bench([[.get(), .post(.length(5))]])
        let line = bench.line()
        bench.tell(line, 1)
        bench.hear(bench.answer(line.attempts[0]))
        bench.tell(
            line, 2, "POST", fields: "Content-Length: 5\r\n",
            body: BodyText.bytes(RequestText.stream(id: 2), offset: 0, count: 5))
        bench.hear(bench.answer(line.attempts[1]))
        #expect(bench.ledger.violation == nil)
        #expect(bench.clients[0].isServed)
    }

    @Test("a request that may not be repeated is sent twice") func sentTwice() {
        let bench = Bench([[.post(.none)]])
        bench.tell(bench.line(), 1, "POST")
        bench.tell(bench.line(), 1, "POST")
        #expect(bench.ledger.violation?.contains("is sent twice") ?? false)
    }

    @Test("a request is repeated more often than it may be") func sentTooOften() {
        let bench = Bench([[.get()]], retriesMax: 1)
        for _ in 0..<2 { bench.tell(bench.line(), 1) }
        #expect(bench.ledger.violation == nil)
        bench.tell(bench.line(), 1)
        #expect(bench.ledger.violation?.contains("is sent 3 times") ?? false)
    }

    @Test("a request is repeated though its answer had begun") func sentAgainBehindAnAnswer() {
        let bench = Bench([[.get()]])
        let line = bench.line()
        bench.tell(line, 1)
        line.plainRead += 1
        bench.tell(bench.line(), 1)
        #expect(bench.ledger.violation?.contains("an answer had begun") ?? false)
    }

    @Test("a request is written behind one that has no answer") func writtenBehindAnother() {
        let bench = Bench([[.get(), .get()]])
        let line = bench.line()
        bench.tell(line, 1)
        bench.tell(line, 2)
        #expect(bench.ledger.violation?.contains("which is not answered") ?? false)
    }

    @Test(
        "what stands between neighbours goes no further",
        arguments: ["X-Hop: 1", "Connection: X-Hop", "TE: trailers", "Upgrade: h2c"])
    func hopFields(field: String) {
        let bench = Bench([[.get()]])
        bench.tell(bench.line(), 1, fields: "\(field)\r\n")
        #expect(bench.ledger.violation?.contains("reaches a server with") ?? false)
    }

    @Test("a server sees what must be refused") func refusedAndSeen() {
        var request = RequestPlan()
        request.flaw = .foldedLine
        let bench = Bench([[request]])
        bench.tell(bench.line(), 1)
        #expect(bench.ledger.violation?.contains("must be refused") ?? false)
    }

    @Test("two answers are swapped") func swapped() {
        let bench = Bench([[.get()], [.get()]])
        let lines = [bench.line(), bench.line()]
        for index in 0..<2 { bench.tell(lines[index], index + 1) }
        bench.hear(bench.answer(lines[1].attempts[0]), 0)
        #expect(bench.ledger.violation?.contains("is answered with what is for request 2") ?? false)
    }

    @Test("answers come in another order") func outOfOrder() {
        let bench = Bench([[.get(), .get()]])
        let lines = [bench.line(), bench.line()]
        for index in 0..<2 { bench.tell(lines[index], index + 1) }
        bench.hear(bench.answer(lines[1].attempts[0]))
        #expect(bench.ledger.violation?.contains("is answered with what is for request 2") ?? false)
    }

    @Test("an answer comes twice") func answeredTwice() {
        let bench = Bench([[.get()]])
        let line = bench.line()
        bench.tell(line, 1)
        let bytes = bench.answer(line.attempts[0])
        bench.hear(bytes + bytes)
        #expect(bench.ledger.violation?.contains("has asked nothing") ?? false)
    }

    @Test("an answer is cut without a reason") func cutWithoutAReason() {
        let bench = Bench([[.get()]])
        let line = bench.line()
        bench.tell(line, 1)
        bench.hear(bench.answer(line.attempts[0]).dropLast())
        bench.clients[0].ended()
        #expect(bench.ledger.violation?.contains("is cut off, and there is no reason") ?? false)
    }

    @Test("a request is refused without a reason") func refusedWithoutAReason() {
        let bench = Bench([[.get()]])
        bench.hear(Array("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".utf8))
        #expect(bench.ledger.violation?.contains("is answered 502, and there is no reason") ?? false)
    }

    @Test("a body that is not the one that was sent", arguments: [0, 4])
    func wrongBody(place: Int) {
        let bench = Bench([[.post(.length(5))]])
        var body = BodyText.bytes(RequestText.stream(id: 1), offset: 0, count: 5)
        body[place] ^= 1
        bench.tell(bench.line(), 1, "POST", fields: "Content-Length: 5\r\n", body: body)
        #expect(bench.ledger.violation?.contains("wrong bytes") ?? false)
    }

    @Test("trailers are lost") func trailersLost() {
        var request = RequestPlan.post(.chunked(0))
        request.hasTrailers = true
        let bench = Bench([[request]])
        bench.tell(bench.line(), 1, "POST", fields: "Transfer-Encoding: chunked\r\n", body: Array("0\r\n\r\n".utf8))
        #expect(bench.ledger.violation?.contains("trailers") ?? false)
    }

    @Test("an answer has no date") func dateless() {
        let bench = Bench([[.get()]])
        let line = bench.line()
        bench.tell(line, 1)
        let text = String(decoding: bench.answer(line.attempts[0], count: 0), as: UTF8.self)
        bench.hear(Array(text.split(separator: "Date: now\r\n").joined().utf8))
        #expect(bench.ledger.violation?.contains("dates") ?? false)
    }
}
