// What clients are told, judged: that an answer is theirs, that it is whole, and that one that is missing has a
// reason.

extension Ledger {
    func judgeInterim(_ head: ReadHead, to record: Asked) {
        func expect(_ isTrue: Bool, _ what: String) {
            if !isTrue { fail("request \(record.id) is answered in between by \(head.status), \(what)") }
        }
        expect(head.status != 101, "which nobody asked for")
        expect(record.plan.minorVersion > 0, "in HTTP/1.0")
        if let id = head.value("x-id") { expect(id == "\(record.id)", "which is for request \(id)") }
    }

    /// The attempt that a final answer belongs to; `nil`: the balancer made it itself.
    func judgeAnswer(_ head: ReadHead, _ framing: MessageReader.Framing, to record: Asked) -> Attempt? {
        guard head.value("x-id") != nil || head.value("x-serial") != nil else { return nil }
        guard let serial = head.value("x-serial").flatMap({ Int($0) }), attempts.indices.contains(serial),
            head.value("x-id") == "\(record.id)", attempts[serial].asked === record, let answer = attempts[serial].answer
        else {
            fail("request \(record.id) is answered with what is for request \(head.value("x-id") ?? "?")")
            return nil
        }
        func expect(_ isTrue: Bool, _ what: String) {
            if !isTrue { fail("request \(record.id) is answered \(what)") }
        }
        expect(head.status == answer.status, "with status \(head.status) for \(answer.status)")
        if case .malformed(let kind)? = answer.fault { expect(kind == .chunkSize, "with what is malformed, \(kind)") }
        guard isProxied else { return attempts[serial] }
        expect(head.minorVersion == 1, "in HTTP/1.0")
        expect(head.values("date").count == 1, "with \(head.values("date").count) dates")
        expect(head.value("keep-alive") != "timeout=60", "with the server's Keep-Alive")
        judgeHopFields(head, expect)
        expect(record.plan.minorVersion > 0 || framing != .chunked, "in chunks, in HTTP/1.0")
        if answer.framing == .length, answer.status != 204, framing != .chunked || answer.hasNoBody || record.plan.isHead {
            expect(
                head.value("content-length") == "\(answer.bodyCount)",
                "with length \(head.values("content-length")) for \(answer.bodyCount)")
        }
        return attempts[serial]
    }

    func judgeBody(_ bytes: UnsafeBufferPointer<UInt8>, of attempt: Attempt, offset: Int) {
        if offset + bytes.count > attempt.answer!.bodyCount {
            fail("the answer to request \(attempt.asked.id) is longer than it was")
        } else if !Pattern.matches(attempt.stream, offset: offset, bytes.baseAddress!, count: bytes.count) {
            fail("wrong bytes in the answer to request \(attempt.asked.id) from offset \(offset), \(bytes.count) of them")
        }
    }

    /// An answer has come to its end, as its client sees it.
    func judgeWhole(_ attempt: Attempt, _ bodyCount: Int, _ trailers: [ReadHead.Field], _ framing: MessageReader.Framing) {
        let (answer, record) = (attempt.answer!, attempt.asked)
        let wanted = record.plan.isHead || answer.hasNoBody ? 0 : answer.bodyCount
        if bodyCount != wanted { fail("the answer to request \(record.id) ends cleanly after \(bodyCount) of \(wanted) bytes") }
        if case .malformed? = answer.fault { fail("the answer to request \(record.id) is malformed, and ends cleanly") }
        let isTrailed = answer.hasTrailers && answer.framing == .chunked && wanted == answer.bodyCount && !answer.hasNoBody
        let expected =
            isTrailed && !record.plan.isHead
            ? [ReadHead.Field(name: "x-trailer", value: Answer.trailer(serial: attempt.serial))] : []
        if framing == .chunked, trailers != expected { fail("the answer to request \(record.id) has trailers \(trailers)") }
    }

    /// The connection ends with this answer: in fair weather only where somebody has a reason.
    func judgeLast(_ record: Asked) {
        guard isFair, isProxied, !record.plan.isLast, world.map({ !$0.isDraining }) ?? true else { return }
        guard case .answered(let attempt)? = record.fate else { return }
        if attempt.answer!.framing == .untilClose || attempt.answer!.minorVersion == 0 || attempt.isEarly { return }
        // Whoever does not know chunks learns the end from the connection's.
        if record.plan.minorVersion == 0, attempt.answer!.framing == .chunked { return }
        // The connection was half closed already: the last answer may say so.
        if record.client.gesture == .end, record === record.client.asked.last { return }
        fail("the answer to request \(record.id) ends the connection, though nobody asked for it")
    }

    /// A request has got no server's answer, or not a whole one: there must be a reason.
    func judgeLoss(of record: Asked) {
        if let flaw = record.plan.flaw { return judgeRefusal(of: record, flaw) }
        trace("request \(record.id) is lost: \(what(record))")
        guard !isExcused(record) else { return }
        fail("request \(record.id) \(what(record)), and there is no reason for it")
    }

    private func what(_ record: Asked) -> String {
        switch record.fate {
        case .refused(let status)?: "is answered \(status)"
        case .cut?: "is cut off"
        case .unanswered?: "has no answer"
        case .answered?, nil: "is answered"
        }
    }

    private func judgeRefusal(of record: Asked, _ flaw: Flaw) {
        switch record.fate {
        case .refused(let status)? where flaw.statuses.contains(status): break
        // The head was good: what came of it until then may be anything.
        case _ where flaw.isOfBody && !record.attempts.isEmpty: break
        default: if !isExcused(record) { fail("request \(record.id), \(flaw), \(what(record))") }
        }
    }

    private func isExcused(_ record: Asked) -> Bool {
        let client = record.client
        if !client.isInnocent || isOutOfService(client) { return true }
        // Behind an answer that ended the connection, nothing else was promised.
        if client.isToldLast, case .unanswered? = record.fate { return true }
        if let before = client.asked.last(where: { $0.id < record.id }), before.plan.isLast { return true }
        if client.asked.contains(where: { $0.id < record.id && ($0.hasEndedConnection || $0.isCut) }) { return true }
        if record.hasServerFailed { return record.fate.map { !$0.isSilent } ?? true }
        switch record.fate {
        case .refused(let status)?: return isExcused(record, status: status)
        case .unanswered?, .cut?: return isTooSlow(client) || (hasNotCome(record) && world.map { $0.isDraining } ?? false)
        case .answered?, nil: return true
        }
    }

    private func isOutOfService(_ client: HTTPClient) -> Bool {
        guard let world else { return false }
        if world.isStopped || world.isOutOfTime { return true }
        return client.link.map { world.exhaustions > $0.exhaustionsBefore } ?? false
    }

    private func isExcused(_ record: Asked, status: Int) -> Bool {
        guard let world else { return false }
        switch status {
        case 408: return isTooSlow(record.client)
        case 502, 503, 504:
            if world.troubles > record.troublesBefore || isTooSlow(record.client) { return true }
            return status == 503 && world.scenario.servers.contains { $0.connectionsMax > 0 }
        default: return false
        }
    }

    /// Timeouts are short, and somebody may have taken longer.
    private func isTooSlow(_ client: HTTPClient) -> Bool {
        guard let scenario = world?.scenario, scenario.hasShortTimeouts else { return false }
        return client.isSlow || scenario.servers.contains { scenario.isSlow($0) }
    }

    /// The shard had not read all of the request.
    private func hasNotCome(_ record: Asked) -> Bool {
        guard let link = record.client.link, let end = record.end else { return true }
        return link.inbound.read < end
    }

    /// All is over: in fair weather everybody got what he asked for.
    func checkEnd() {
        tunnels?.checkEnd()
        guard isFair else { return }
        for client in clients where client.isInnocent && !client.isServed {
            let isFlawed = client.plan.requests.contains { $0.flaw != nil }
            let isEnded = client.isToldLast || client.asked.contains { $0.hasEndedConnection || $0.plan.isLast }
            if !isFlawed, !isEnded {
                fail(
                    "client \(client.name) has \(client.asked.count) of \(client.plan.requests.count) requests answered, in fair weather"
                )
            }
        }
    }
}

extension Asked.Fate {
    /// Nothing tells the client that something went wrong.
    var isSilent: Bool { if case .unanswered = self { true } else { false } }
}

extension Asked {
    /// The connection ended with it; whether it should have has been judged.
    var isCut: Bool {
        switch fate {
        case .cut?, .unanswered?: true
        case .answered?, .refused?, nil: false
        }
    }

    /// Its answer could only end with the connection, or the body was never sent.
    var hasEndedConnection: Bool {
        guard case .answered(let attempt)? = fate, let answer = attempt.answer else { return isBodyKept }
        return isBodyKept || answer.framing == .untilClose || answer.minorVersion == 0 || attempt.isEarly
    }
}
