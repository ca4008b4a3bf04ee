// What is changed in messages: how it is written, to what it belongs, what is refused.

import Config
import Testing

@Suite("rewriting")
struct RewritingTests {
    private func rewriting(_ arguments: [String]) throws -> Rewriting {
        try #require(configuration(validHTTP + arguments).frontends.first).rewriting
    }

    private func text(_ text: String) -> TextTemplate { TextTemplate(pieces: [.text(text)]) }

    @Test("a field is set, added or removed, both ways")
    func fields() throws {
        let found = try rewriting(
            words("--header-up 'X-A:  b c ' --header-up +x-a:d --header-up -X-B --header-down Server:me --header-down -X-C"))
        #expect(
            found.requestFields == [
                FieldChange(.set, name: "X-A", value: text("b c")), FieldChange(.add, name: "x-a", value: text("d")),
                FieldChange(.remove, name: "X-B"),
            ])
        #expect(
            found.responseFields == [
                FieldChange(.set, name: "Server", value: text("me")), FieldChange(.remove, name: "X-C"),
            ])
        #expect(!found.isEmpty && found.stripPrefix == nil)
    }

    @Test("a value has variables, and a dollar is doubled")
    func variables() throws {
        for variable in TextTemplate.Variable.allCases {
            let found = try rewriting(["--header-up", "X: a-$\(variable.rawValue)-$$\(variable.rawValue)"])
            #expect(
                found.requestFields.map(\.value.pieces) == [
                    [.text("a-"), .variable(variable), .text("-$\(variable.rawValue)")]
                ])
        }
        #expect(
            try rewriting(["--header-up", "X: $scheme$host"]).requestFields.map(\.value.pieces) == [
                [.variable(.scheme), .variable(.host)]
            ])
    }

    @Test("prefixes begin with a slash and end without one", arguments: ["/a/b", "/a/b/"])
    func prefixes(text: String) throws {
        let found = try rewriting(["--strip-prefix", text, "--add-prefix", text])
        #expect(found.stripPrefix == "/a/b" && found.addPrefix == "/a/b")
    }

    @Test("belongs to the last route behind the last bind, before any there to the frontend, before any bind to all")
    func scope() throws {
        let line = """
            --header-up X:all -r 'path=/0 -> deny' --strip-prefix /zero --bind a@:1 --header-up X:a --strip-prefix /a \
            -r 'path=/1 -> deny' --header-up X:1 --header-down Y:1 -r 'path=/2 -> deny' --strip-prefix /two --add-prefix /2 \
            --bind b@:2 --add-prefix /b --server s:1
            """
        let found = try configuration(words(line)).frontends
        #expect(found.map { $0.rewriting.requestFields.map(\.value) } == [[text("all"), text("a")], [text("all")]])
        #expect(found.map(\.rewriting.stripPrefix) == ["/a", nil])
        #expect(found.map(\.rewriting.addPrefix) == [nil, "/b"])
        #expect(found.map { $0.routes.map(\.rewriting.stripPrefix) } == [["/zero", nil, "/two"], ["/zero"]])
        #expect(found[0].routes.map { $0.rewriting.requestFields.map(\.value) } == [[], [text("1")], []])
        #expect(found[0].routes.map { $0.rewriting.responseFields.map(\.value) } == [[], [text("1")], []])
        #expect(found[0].routes.map(\.rewriting.addPrefix) == [nil, nil, "/2"])
    }

    @Test("a bind that joins a frontend begins anew: what stands behind it is the frontend's")
    func joined() throws {
        let line = "--bind a@:1 -r 'path=/1 -> deny' --bind a@:2 --header-up X:a --server s:1"
        let found = try #require(configuration(words(line)).frontends.first)
        #expect(found.rewriting.requestFields.count == 1)
        #expect(found.routes.map(\.rewriting) == [Rewriting()])
    }

    @Test("of a variable is the frontend's, a line each, and flags replace it")
    func variable() throws {
        let environment = [
            "SWIVEL_HEADER_UP": "X: a; b c\n\n-Y\r\n+Z: d", "SWIVEL_ROUTE": "path=/1 -> deny", "SWIVEL_STRIP_PREFIX": "/p",
        ]
        let found = try #require(configuration(validHTTP, environment).frontends.first)
        #expect(found.rewriting.requestFields.map(\.name) == ["X", "Y", "Z"])
        #expect(found.rewriting.requestFields[0].value == text("a; b c"))
        #expect(found.rewriting.stripPrefix == "/p")
        #expect(found.routes.map(\.rewriting) == [Rewriting()])
        let other = try #require(configuration(words("--header-up -X-W") + validHTTP, environment).frontends.first)
        #expect(other.rewriting.requestFields.map(\.name) == ["X-W"])
    }

    @Test(
        "a hyphen before a name is no flag's, before the letter of a flag or another hyphen it is",
        arguments: [("-Server", true), ("-X", true), ("-b", false), ("--bind", false)])
    func hyphen(text: String, isValue: Bool) {
        let found = faults(["--header-up", text] + validHTTP)
        #expect(found.contains { $0.hasPrefix("--header-up: has no value") } != isValue)
    }

    @Test(
        "says what would be right",
        arguments: [
            ("--header-up", "X-A", "\"X-A\" has no value; write 'X-A: VALUE', or '-X-A' to remove it"),
            ("--header-up", "X-A: ", "\"X-A: \" has no value; write 'X-A: VALUE', or '-X-A' to remove it"),
            ("--header-up", "-X-A: b", "\"-X-A: b\" removes a field and gives it a value; write '-X-A'"),
            ("--header-up", "X A: b", "\"X A\" is no name of a field; write 'X-Name: VALUE', '+X-Name: VALUE' or '-X-Name'"),
            (
                "--header-up", "X-A: a\r\nX-B: c",
                "\"X-A: a\\u{d}\\u{a}X-B: c\" holds a control character; write a value without one"
            ),
            ("--header-up", "X: $hsot", "\"$hsot\" is no variable; did you mean $host?"),
            (
                "--header-up", "X: $proxy_add_x_forwarded_for",
                "\"$proxy_add_x_forwarded_for\" is no variable; leave the field out: --forwarded xff writes it"
            ),
            ("--header-up", "+Host: a", "a request has one Host; write 'Host: VALUE' to set it"),
            ("--header-up", "-host", "a request has one Host; write 'Host: VALUE' to set it"),
            ("--header-down", "Host: a", "Host is no field of responses; write --header-up 'Host: VALUE'"),
            ("--strip-prefix", "api", "\"api\" does not begin with a slash; write /api"),
            ("--strip-prefix", "https://a/b", "\"https://a/b\" does not begin with a slash; write its path alone: /api"),
            ("--add-prefix", "/", "\"/\" is the beginning of every path; write one like /api"),
            (
                "--add-prefix", "/a?b",
                "\"/a?b\" is no part of a path; write one like /api, at most 1024 bytes, and what is not of a path as %XX"
            ),
            ("--add-prefix", "/a//b", "\"/a//b\" has a segment that is empty, . or ..; write one like /api/v1"),
            ("--strip-prefix", "/a/../b", "\"/a/../b\" has a segment that is empty, . or ..; write one like /api/v1"),
        ])
    func refused(flag: String, value: String, expected: String) {
        #expect(faults(validHTTP + [flag, value]) == ["\(flag): \(expected)"])
    }

    @Test(
        "fields that HTTP itself needs are not changed, either way",
        arguments: [
            "Connection", "keep-alive", "Proxy-Connection", "Transfer-Encoding", "Content-Length", "TE", "Trailer", "Upgrade",
            "Sec-WebSocket-Key", "sec-websocket-accept", "Expect",
        ])
    func framing(name: String) {
        for flag in ["--header-up", "--header-down"] {
            for value in ["\(name): a", "+\(name): a", "-\(name)"] {
                #expect(
                    faults(validHTTP + [flag, value]) == ["\(flag): \(name) is a field that HTTP itself needs; leave it out"])
            }
        }
    }

    @Test("Host can be set on the way up, and a value is at most 4096 bytes long")
    func bounds() {
        #expect(faults(validHTTP + ["--header-up", "Host: $host"]) == [])
        let longest = String(repeating: "x", count: 4_096)
        #expect(faults(validHTTP + ["--header-up", "X: \(longest)"]) == [])
        #expect(
            faults(validHTTP + ["--header-up", "X: \(longest)x"]) == [
                "--header-up: a value of 4097 bytes is too long; write at most 4096"
            ])
    }

    @Test("has no effect in tcp mode", arguments: ["--header-up", "--header-down"])
    func tcp(flag: String) {
        #expect(
            warnings(valid + [flag, "-X-A"]) == [
                "\(flag): has no effect: frontend \"default\" speaks tcp; leave it out, or write --mode http"
            ])
    }
}
