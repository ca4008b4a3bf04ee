// Heads through the two rewritings, as text, without a shard.

import Codecs
import Config

@testable import Engine

/// A frontend's rules, and heads rewritten by them.
struct Rewriter {
    private let rules: UnsafeMutablePointer<HTTPRules>
    var client = PeerAddress.ipv4(host: 0xc000_0207, port: 51_000)
    var isTrusted = false
    var isLast = false
    var isSecure = false
    /// What is changed for a frontend, and for a route of it.
    var changes = Rewriting()
    var routeChanges: Rewriting?
    private let requestIDName: String

    init(_ configure: (inout Frontend) -> Void = { _ in }) {
        var frontend = Frontend(name: "f", listeners: [], backend: "b")
        configure(&frontend)
        rules = .allocate(capacity: 1)
        rules.initialize(to: HTTPRules(frontend))
        requestIDName = frontend.requestIDHeader ?? ""
    }

    func destroy() {
        rules.pointee.destroy()
        rules.deallocate()
    }

    static let requestID = "0123456789abcdef0123456789abcdef"
    static let ownHost = "10.0.0.1:80"

    /// The request as servers get it, or what was wrong with it.
    func request(_ text: String, room: Int = 4_096) -> String {
        withFields(text) { bytes, fields in
            var head = RequestHead()
            let outcome = RequestHead.parse(bytes, limits: rules.pointee.limits, into: &head, fields: fields)
            guard outcome == .complete else { return "\(outcome)" }
            var address = ClientText(client)
            return written(room) { writer in
                address.withBytes { clientText in
                    Self.requestID.withBytes { id in
                        Self.ownHost.withBytes { host in
                            "front".withBytes { name in
                                var rewriting = RequestRewriting(
                                    bytes: bytes, fields: fields, rules: UnsafePointer(rules), client: client,
                                    clientText: clientText, isTrusted: isTrusted, requestID: id, ownHost: host, isLast: isLast)
                                var planned = PlannedRewriting(changes, routeChanges, requestIDName: requestIDName)
                                defer { planned.destroy() }
                                withUnsafePointer(to: &planned) { planned in
                                    if !planned.pointee.isEmpty { rewriting.changes = planned }
                                    rewriting.texts = RequestTexts(
                                        bytes: bytes, head: head, clientText: clientText, requestID: id, ownHost: host,
                                        isSecure: isSecure, serverName: name)
                                    rewriting.write(head, into: &writer)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The answer as clients get it, or what was wrong with it.
    static func response(
        _ text: String, to method: Method = .get, isOldClient: Bool = false, isPersistent: Bool = true, via: String = "",
        changes: [FieldChange] = []
    ) -> String {
        withFields(text) { bytes, fields in
            var head = ResponseHead()
            let outcome = ResponseHead.parse(bytes, to: method, limits: HeadLimits(), into: &head, fields: fields)
            guard outcome == .complete else { return "\(outcome)" }
            return written(4_096) { writer in
                "Sat, 21 Nov 2026 06:00:00 GMT".withBytes { date in
                    via.withBytes { via in
                        var rewriting = ResponseRewriting(
                            bytes: bytes, fields: fields, isOldClient: isOldClient, isPersistent: isPersistent, date: date, via: via)
                        var asked = Rewriting()
                        asked.responseFields = changes
                        var planned = PlannedRewriting(asked, nil, requestIDName: "")
                        defer { planned.destroy() }
                        withUnsafePointer(to: &planned) { planned in
                            if !changes.isEmpty { rewriting.changes = planned }
                            rewriting.write(head, into: &writer)
                        }
                    }
                }
            }
        }
    }

    private static func withFields(_ text: String, _ body: (UnsafeRawBufferPointer, UnsafeMutablePointer<HeadField>) -> String) -> String {
        let fields = UnsafeMutablePointer<HeadField>.allocate(capacity: HeadLimits().fieldsMax)
        defer { fields.deallocate() }
        return text.withBytes { body($0, fields) }
    }

    private func withFields(_ text: String, _ body: (UnsafeRawBufferPointer, UnsafeMutablePointer<HeadField>) -> String) -> String {
        Self.withFields(text, body)
    }

    private func written(_ room: Int, _ body: (inout HeadWriter) -> Void) -> String { Self.written(room, body) }

    private static func written(_ room: Int, _ body: (inout HeadWriter) -> Void) -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
        defer { memory.deallocate() }
        var writer = HeadWriter(memory)
        body(&writer)
        return writer.isWhole ? String(decoding: writer.bytes, as: UTF8.self) : "no room"
    }
}

extension String {
    /// Its bytes, at an address that no other has.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { Array(utf8).withUnsafeBytes(body) }
}

/// Lines with their line ends, and the empty one behind them.
func lines(_ lines: String...) -> String { lines.map { $0 + "\r\n" }.joined() + "\r\n" }
