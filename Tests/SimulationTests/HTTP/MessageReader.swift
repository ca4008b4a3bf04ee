// Reads requests or responses out of a stream that comes in any pieces, as strictly as RFC 9112 lets one be.

import Glibc

final class MessageReader {
    enum Kind {
        case requests, responses
    }

    enum Event {
        /// Of a response below 200 nothing follows but the next head.
        case head(ReadHead)
        case body(UnsafeBufferPointer<UInt8>)
        case end(trailers: [ReadHead.Field])
        /// The last event: nothing more is read.
        case fault(String)
    }

    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked, untilClose
    }

    private enum State: Equatable {
        case head
        case fixed(Int)
        case untilClose, size
        case chunk(Int)
        case chunkEnd, trailers, failed
    }

    private let kind: Kind
    private var state = State.head
    /// A head, a line or trailers, as far as they have come.
    private var gathered: [UInt8] = []
    /// The response to come answers a HEAD.
    var isBodyless = false
    /// Of the message at hand.
    private(set) var framing = Framing.none
    /// Bytes read so far, up to the event that is reported.
    private(set) var readCount = 0
    /// No message has begun that has not ended.
    var isBetween: Bool { state == .head && gathered.isEmpty }
    var hasFailed: Bool { state == .failed }
    /// The start of a head that is not whole.
    var partialHead: [UInt8] { state == .head ? gathered : [] }

    init(_ kind: Kind) { self.kind = kind }

    func read(_ bytes: UnsafeBufferPointer<UInt8>, _ report: (Event) -> Void) {
        var rest = bytes
        while !rest.isEmpty, state != .failed {
            let taken = step(rest, report)
            rest = UnsafeBufferPointer(rebasing: rest[taken...])
        }
    }

    /// No more comes. Answers whether that is a clean end.
    func finish(_ report: (Event) -> Void) -> Bool {
        if state == .untilClose {
            state = .head
            report(.end(trailers: []))
        }
        return isBetween
    }

    /// Takes at least one byte, and answers how many.
    private func step(_ bytes: UnsafeBufferPointer<UInt8>, _ report: (Event) -> Void) -> Int {
        switch state {
        case .head: return gather(bytes, report, isWhole: hasEmptyLine) { self.readHead($0, report) }
        case .size: return gather(bytes, report, isWhole: hasLine) { self.readSize($0, report) }
        case .chunkEnd: return gather(bytes, report, isWhole: hasLine) { self.readChunkEnd($0, report) }
        case .trailers: return gather(bytes, report, isWhole: hasTrailers) { self.readTrailers($0, report) }
        case .fixed(let left): return pass(bytes, left, report)
        case .chunk(let left): return pass(bytes, left, report)
        case .untilClose: return pass(bytes, .max, report)
        case .failed: return bytes.count
        }
    }

    private func fail(_ text: String, _ report: (Event) -> Void) {
        state = .failed
        report(.fault(text))
    }

    // MARK: - Lines

    private func hasLine() -> Bool { gathered.count >= 2 && gathered[gathered.count - 2] == 13 }
    private func hasEmptyLine() -> Bool {
        let count = gathered.count
        return count >= 4 && gathered[count - 2] == 13 && gathered[count - 3] == 10 && gathered[count - 4] == 13
    }
    private func hasTrailers() -> Bool { gathered.count == 2 && gathered[0] == 13 || hasEmptyLine() }

    /// Takes bytes up to the line feed with which something is whole.
    private func gather(
        _ bytes: UnsafeBufferPointer<UInt8>, _ report: (Event) -> Void, isWhole: () -> Bool, _ body: ([UInt8]) -> Void
    ) -> Int {
        var taken = 0
        while taken < bytes.count {
            let start = bytes.baseAddress! + taken
            let count = memchr(start, 10, bytes.count - taken).map {
                $0.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(mutating: start) + 1
            }
            gathered.append(contentsOf: UnsafeBufferPointer(start: start, count: count ?? bytes.count - taken))
            taken += count ?? bytes.count - taken
            guard count != nil, isWhole() else { continue }
            let whole = gathered
            gathered = []
            readCount += taken
            body(whole)
            return taken
        }
        readCount += taken
        if gathered.count > 200_000 { fail("a head without an end", report) }
        return taken
    }

    // MARK: - Heads

    private func readHead(_ bytes: [UInt8], _ report: (Event) -> Void) {
        do throws(ReadHead.Fault) {
            let head = try ReadHead(bytes, isRequest: kind == .requests)
            framing = try framing(of: head)
            switch framing {
            case .none: break
            case .length(let count): state = count > 0 ? .fixed(count) : .head
            case .chunked: state = .size
            case .untilClose: state = .untilClose
            }
            report(.head(head))
            let isInterim = kind == .responses && head.status < 200
            if state == .head, !isInterim { report(.end(trailers: [])) }
        } catch {
            fail(error.text, report)
        }
    }

    private func framing(of head: ReadHead) throws(ReadHead.Fault) -> Framing {
        let codings = head.values("transfer-encoding")
        let lengths = head.values("content-length")
        if !codings.isEmpty, !lengths.isEmpty { throw ReadHead.Fault(text: "a length beside a transfer coding") }
        if let coding = codings.first {
            guard codings.count == 1, coding.lowercased() == "chunked" else {
                throw ReadHead.Fault(text: "transfer coding \(codings)")
            }
            if head.minorVersion == 0 { throw ReadHead.Fault(text: "a transfer coding in HTTP/1.0") }
        }
        var length: Int?
        if let text = lengths.first {
            guard lengths.count == 1, text.allSatisfy({ "0123456789".contains($0) }), let count = Int(text) else {
                throw ReadHead.Fault(text: "lengths \(lengths)")
            }
            length = count
        }
        if kind == .responses {
            if isBodyless || head.status < 200 || head.status == 204 || head.status == 304 { return .none }
            if codings.isEmpty, length == nil { return .untilClose }
        }
        return codings.isEmpty ? length.map { .length($0) } ?? .none : .chunked
    }

    // MARK: - Bodies

    private func pass(_ bytes: UnsafeBufferPointer<UInt8>, _ left: Int, _ report: (Event) -> Void) -> Int {
        let count = min(left, bytes.count)
        readCount += count
        let before = state
        switch state {
        case .fixed: state = count == left ? .head : .fixed(left - count)
        case .chunk: state = count == left ? .chunkEnd : .chunk(left - count)
        default: break
        }
        report(.body(UnsafeBufferPointer(rebasing: bytes[..<count])))
        if state == .head, before != .head { report(.end(trailers: [])) }
        return count
    }

    private func readSize(_ line: [UInt8], _ report: (Event) -> Void) {
        let text = line.dropLast(2)
        let digits = text.prefix { (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) }
        let rest = text.dropFirst(digits.count)
        guard (1...15).contains(digits.count), let count = Int(String(decoding: digits, as: UTF8.self), radix: 16) else {
            return fail("chunk size \(String(decoding: text, as: UTF8.self))", report)
        }
        guard rest.isEmpty || rest.first == 59 || rest.first == 32 || rest.first == 9 else {
            return fail("junk behind a chunk size", report)
        }
        guard rest.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else {
            return fail("a chunk extension with control bytes", report)
        }
        state = count == 0 ? .trailers : .chunk(count)
    }

    private func readChunkEnd(_ line: [UInt8], _ report: (Event) -> Void) {
        guard line == [13, 10] else { return fail("a chunk longer than its size", report) }
        state = .size
    }

    private func readTrailers(_ bytes: [UInt8], _ report: (Event) -> Void) {
        do throws(ReadHead.Fault) {
            var trailers: [ReadHead.Field] = []
            if bytes.count > 2 { for line in try ReadHead.lines(of: bytes) { trailers.append(try ReadHead.field(line)) } }
            state = .head
            report(.end(trailers: trailers))
        } catch {
            fail(error.text, report)
        }
    }
}
