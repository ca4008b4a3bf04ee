// What a demo server answers: a status, a text, and the head that goes with it.

internal import Codecs

struct DemoAnswer {
    var status = 200
    var contentType = "text/plain; charset=utf-8"
    /// A field line of its own for this answer, without its line end.
    var field: String?
    let text: String

    static func html(_ text: String) -> DemoAnswer {
        // Whatever the page needs is in it: the browser is told to refuse all else.
        let policy = """
            default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:
            """
        return DemoAnswer(contentType: "text/html; charset=utf-8", field: "Content-Security-Policy: \(policy)", text: text)
    }

    static func json(_ text: String) -> DemoAnswer { DemoAnswer(contentType: "application/json", text: text) }

    /// The head that turns a connection into a WebSocket (RFC 6455 section 4.2.2).
    static func upgrade(_ key: WebSocketKey) -> [UInt8] {
        let accept = [UInt8](unsafeUninitializedCapacity: WebSocketKey.acceptBytes) { room, count in
            count = key.writeAccept(into: UnsafeMutableRawBufferPointer(room))
        }
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        return Array(head.utf8) + accept + Array("\r\n\r\n".utf8)
    }

    /// - Parameters:
    ///   - hasBody: false for HEAD.
    ///   - isLast: the connection ends behind it.
    func bytes(hasBody: Bool, isLast: Bool) -> [UInt8] {
        let head = """
            HTTP/1.1 \(status) \(phrase)\r\nContent-Type: \(contentType)\r\nContent-Length: \(text.utf8.count)\r\n\
            Cache-Control: no-store\r\nVary: Accept\r\n\(field.map { "\($0)\r\n" } ?? "")\
            \(isLast ? "Connection: close\r\n" : "")\r\n
            """
        return Array((hasBody ? head + text : head).utf8)
    }

    private var phrase: String {
        switch status {
        case 200: "OK"
        case 303: "See Other"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 426: "Upgrade Required"
        default: "Service Unavailable"
        }
    }
}
