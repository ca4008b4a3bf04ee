// Routes: what is read, where each belongs, and what they mean for backends.

import Codecs
import Config
import Testing

@Suite("routes")
struct RouteTests {
    /// The routes of the first frontend.
    private func routes(_ texts: String...) throws -> [Route] {
        let flags = texts.flatMap { ["--route", $0] }
        return try #require(configuration(validHTTP + flags).frontends.first).routes
    }

    private func conditions(_ match: String) throws -> RouteConditions {
        try #require(routes("\(match) -> deny").first).conditions
    }

    private func target(_ text: String) throws -> Route.Target {
        try #require(routes("path=/a -> \(text)").first).target
    }

    @Test("every kind of condition is read, in the form that it is compared in")
    func kinds() throws {
        let found = try conditions(
            """
            host=A.Example.COM. host=*.B.com path=/api/* path=/exact path~=\\.php$ method=GET method=PURGE header:X-V=2 \
            header:x-W query:k=v=w query:L src=10.0.0.0/8 src=::1 upgrade=WebSocket
            """)
        #expect(found.hosts == [.exact("a.example.com"), .below("b.com")])
        #expect(found.paths == [.prefix("/api/"), .exact("/exact"), .expression("\\.php$")])
        #expect(found.methods == ["GET", "PURGE"])
        #expect(found.headers == [NamedPattern(name: "x-v", values: [.exact("2")]), NamedPattern(name: "x-w")])
        #expect(found.queries == [NamedPattern(name: "k", values: [.exact("v=w")]), NamedPattern(name: "L")])
        #expect(found.sources.map(\.description) == ["10.0.0.0/8", "::1/128"])
        #expect(found.upgrade == "websocket")
    }

    @Test(
        "a path as it is compared",
        arguments: [
            ("/", .exact("/")), ("/*", .prefix("/")), ("/api*", .prefix("/api")), ("/api/", .exact("/api/")),
            ("/a%20b", .exact("/a b")), ("/%E2%82%AC/*", .prefix("/€/")), ("/€", .exact("/€")), ("/%25", .exact("/%")),
            ("/.*", .prefix("/.")), ("/a/..b", .exact("/a/..b")),
        ] as [(String, PathPattern)])
    func path(text: String, expected: PathPattern) throws {
        #expect(try conditions("path=\(text)").paths == [expected])
    }

    @Test("a path that is every path is no condition, whatever stands beside it")
    func everyPath() throws {
        for match in ["path=*", "path=/a path=*", "path=* path=/a", "path=* path~=x"] {
            #expect(try conditions(match).isEmpty)
        }
        #expect(try conditions("path=* method=GET").paths == [])
    }

    @Test("what is said twice is said once, and that there is a field holds for each of its values")
    func joined() throws {
        let found = try conditions("host=a.com host=A.COM header:X-V=1 header:x-v=2* header:X-W=1 header:X-W query:k query:k=1")
        #expect(found.hosts == [.exact("a.com")])
        #expect(
            found.headers == [
                NamedPattern(name: "x-v", values: [.exact("1"), .prefix("2")]), NamedPattern(name: "x-w"),
            ])
        #expect(found.queries == [NamedPattern(name: "k")])
        #expect(try conditions("header:X-V=*").headers == [NamedPattern(name: "x-v")])
        #expect(try conditions("header:X-V=").headers == [NamedPattern(name: "x-v", values: [.exact("")])])
        // The star of a parameter is one.
        #expect(try conditions("query:k=1*").queries == [NamedPattern(name: "k", values: [.exact("1*")])])
    }

    @Test(
        "hosts without names",
        arguments: [("[::1]", "[::1]"), ("10.0.0.1", "10.0.0.1"), ("xn--bcher-kva.de", "xn--bcher-kva.de")])
    func addresses(text: String, expected: String) throws {
        #expect(try conditions("host=\(text)").hosts == [.exact(expected)])
    }

    @Test(
        "every target is read",
        arguments: [
            ("backend=default", .backend("default")), ("redirect=https", .redirectToHTTPS), ("deny", .deny),
            ("return=404", .respond(status: 404, nil)), ("return=200", .respond(status: 200, nil)),
            ("return=599", .respond(status: 599, nil)), ("return=204", .respond(status: 204, nil)),
            (
                "redirect=308:https://$host$request_uri",
                .redirect(
                    status: 308, url: TextTemplate(pieces: [.text("https://"), .variable(.host), .variable(.requestURI)]))
            ),
            (
                "redirect=301:$scheme://b.com/",
                .redirect(status: 301, url: TextTemplate(pieces: [.variable(.scheme), .text("://b.com/")]))
            ),
            (
                "redirect=302:/a?b=$$$args",
                .redirect(status: 302, url: TextTemplate(pieces: [.text("/a?b=$"), .variable(.args)]))
            ),
            ("redirect=307:HTTP://b.com", .redirect(status: 307, url: TextTemplate(pieces: [.text("HTTP://b.com")]))),
        ] as [(String, Route.Target)])
    func targets(text: String, expected: Route.Target) throws {
        #expect(try target(text) == expected)
    }

    @Test("the text keeps its words, with one blank between them")
    func text() throws {
        let found = try routes(" \t host=A.com   path=/x\t->  deny  ").map(\.text)
        #expect(found == ["host=A.com path=/x -> deny"])
    }

    @Test("belong to the last bind; before any, to all")
    func scope() throws {
        let line = """
            -r 'path=/1 -> deny' --bind a@:1 -r 'path=/2 -> deny' --bind b@:2 --bind a@:3 -r 'path=/3 -> deny' --server s:1
            """
        let found = try configuration(words(line)).frontends
        #expect(
            found.map { $0.routes.map(\.text) } == [
                ["path=/1 -> deny", "path=/2 -> deny", "path=/3 -> deny"], ["path=/1 -> deny"],
            ])
    }

    @Test("frontends without a name are one where their routes agree")
    func unnamed() throws {
        let same = "--bind :1 -r 'path=/a -> deny' --bind :2 -r 'path=/a -> deny' --server s:1"
        #expect(try configuration(words(same)).frontends.count == 1)
        #expect(try configuration(words(same.replacing(":2 -r 'path=/a", with: ":2 -r 'path=/b"))).frontends.count == 2)
    }

    @Test(
        "the backend of what no route takes",
        arguments: [
            // It is named, or is "default".
            ("--bind :1,backend=b -r 'path=/a -> backend=a' --backend a --server a:1 --backend b --server b:1", "b"),
            ("--bind :1 -r 'path=/a -> backend=a' --server d:1 --backend a --server a:1", "default"),
            ("--bind :1 -r 'path=/a -> backend=default' --server d:1", "default"),
            // It is the only one, and no route names it.
            ("--bind :1 -r 'path=/a -> deny' --backend a --server a:1", "a"),
            ("--bind :1 -r 'path=/a -> backend=a' --backend a --server a:1", ""),
            // There is none.
            (
                "--bind :1 -r 'path=/a -> backend=a' -r 'path=/b -> backend=b' --backend a --server a:1 --backend b --server b:1",
                ""
            ),
        ])
    func backend(line: String, expected: String) throws {
        let found = try configuration(words(line))
        #expect(found.frontends.map(\.backend) == [expected])
        #expect(warnings(words(line)) == [])
    }

    @Test("what only redirects, answers and denies needs no server")
    func noBackend() throws {
        let line = "--bind :1 -r 'path=/a -> deny' -r 'path=/b -> return=404' -r 'path=* -> redirect=https'"
        let found = try configuration(words(line))
        #expect(found.backends.isEmpty)
        #expect(found.frontends.map(\.backend) == [""])
        #expect(warnings(words(line)) == [])
        // One frontend that does is enough.
        #expect(faults(words(line + " --bind b@:2")).map { $0.prefix { $0 != ":" } } == ["--server"])
        #expect(faults(words(line + " --mode tcp")).map { $0.prefix { $0 != ":" } } == ["--server"])
    }

    @Test("names of backends, its own first and each once")
    func backendNames() throws {
        let line = """
            --bind :1,backend=c -r 'path=/a -> backend=a' -r 'path=/b -> backend=c' -r 'path=/c -> backend=a' -r 'path=/d -> deny' \
            --backend a --server a:1 --backend c --server c:1
            """
        #expect(try configuration(words(line)).frontends.map(\.backendNames) == [["c", "a"]])
    }

    @Test("a backend that only a route names has a mode, and takes what http has")
    func modes() {
        let line = "--bind :1 -r 'path=/a -> backend=a' --server d:1 --backend a --balance uri --reuse off --server a:1"
        #expect(faults(words(line)) == [])
        #expect(warnings(words(line)) == [])
        let both = words(line + " --bind t@:2,mode=tcp,backend=a")
        #expect(faults(both).map { $0.prefix(31) } == ["--bind #2: backend \"a\" is the o"])
    }

    @Test("of a variable are lines, or end in a semicolon and a blank")
    func variable() throws {
        let text = "path=/a;b -> deny; host=a.com -> redirect=302:/x;y;\n\n path~=a;b -> return=404\r\n ; \n"
        let found = try configuration(validHTTP, ["SWIVEL_ROUTE": text]).frontends[0].routes.map(\.text)
        #expect(found == ["path=/a;b -> deny", "host=a.com -> redirect=302:/x;y", "path~=a;b -> return=404"])
    }

    @Test("those of flags replace those of the variable")
    func replaced() throws {
        let environment = [
            "SWIVEL_ROUTE": "path=/a -> deny; path=/b -> deny", "SWIVEL_BIND": "a@:1 b@:2", "SWIVEL_SERVER": "s:1",
        ]
        let found = try configuration([], environment).frontends
        #expect(found.map(\.routes.count) == [2, 2])
        let other = try configuration(words("-r 'path=/c -> deny'"), environment).frontends
        #expect(other.map { $0.routes.map(\.text) } == [["path=/c -> deny"], ["path=/c -> deny"]])
        #expect(
            faults([], environment.merging(["SWIVEL_ROUTE": "path=/a -> deny; path=b -> deny"]) { $1 }) == [
                "SWIVEL_ROUTE #2: \"b\" does not begin with a slash; write path=/b"
            ])
    }
}
