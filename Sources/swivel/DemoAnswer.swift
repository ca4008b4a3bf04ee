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
        default: "Service Unavailable"
        }
    }
}
