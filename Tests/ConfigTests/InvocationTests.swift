// What a command line asks for.

import Codecs
import Config
import Testing

@Suite("invocation")
struct InvocationTests {
    private func parse(_ line: String, _ environment: [String: String] = [:]) throws -> Invocation {
        try Invocation.parse(arguments: words(line), environment: environment)
    }

    private let good = "--mode tcp --bind :1 --server a:1"

    @Test("run is meant where nothing else is said")
    func run() throws {
        #expect(try parse(good) == parse("run " + good))
        #expect(try parse(good) == .run(configuration(words(good))))
    }

    @Test("judging has three names", arguments: ["check %", "% --test", "% -t", "check -t %", "run -t %"])
    func check(line: String) throws {
        #expect(try parse(line.replacing("%", with: good)) == .check(configuration(words(good))))
    }

    @Test("printing the configuration judges it, too", arguments: ["% -T", "% --dump-config", "check % -T", "-tT %"])
    func dump(line: String) throws {
        #expect(try parse(line.replacing("%", with: good)) == .dump(configuration(words(good))))
        #expect(faults(["-T"]).count == 2)
    }

    @Test("what only prints does so whatever else is wrong")
    func printing() throws {
        #expect(try parse("-v --bogus") == .version)
        #expect(try parse("--version") == .version)
        #expect(try parse("--build-info --bind x") == .buildInfo)
        #expect(try parse("-V") == .buildInfo)
        guard case .help = try parse("--bogus walk --help") else { throw Unexpected() }
        guard case .help = try parse("-vh") else { throw Unexpected() }
    }

    @Test("the demo listens on loopback, with the options of process and log")
    func demo() throws {
        guard case .demo(let options) = try parse("demo") else { throw Unexpected() }
        #expect(options == DemoOptions())
        #expect(options.listeners.map(\.address.description) == ["127.0.0.1:8080"])
        let line = "demo --bind [::1]:0 --workers 2 --engine epoll --splice off --mode tcp --log-level debug"
        guard case .demo(let changed) = try parse(line) else { throw Unexpected() }
        #expect(changed.listeners.map(\.address.description) == ["[::1]:0"])
        #expect(changed.process.workerCount == 2)
        #expect(changed.process.engine == .epoll)
        #expect(changed.process.splice == .off)
        #expect(changed.log.level == .debug)
        #expect(options.mode == .http && changed.mode == .tcp)
    }

    @Test("the demo takes variables of the same options, and no others")
    func demoVariables() throws {
        let environment = ["SWIVEL_BIND": "127.0.0.1:9", "SWIVEL_SERVER": "rubbish", "SWIVEL_WORKERS": "3"]
        guard case .demo(let options) = try parse("demo", environment) else { throw Unexpected() }
        #expect(options.listeners.map(\.address.description) == ["127.0.0.1:9"])
        #expect(options.process.workerCount == 3)
    }

    @Test(
        "the demo refuses what it cannot heed",
        arguments: [
            (
                "demo --bind :1 --bind :2,mode=tcp",
                "--bind #2: is tcp, and the demo's servers have one mode; write --mode http"
            ),
            (
                "demo --server a:1",
                "--server: is not for demo, which brings its own servers; leave it out, or leave demo out"
            ),
            (
                "demo --balance rr",
                "--balance: is not for demo, which brings its own servers; leave it out, or leave demo out"
            ),
            ("demo --bind :1,backend=x", "--bind: backend: the demo brings its own; leave it out"),
            (
                "demo --bind :1 --bind :1",
                "--bind #2: 0.0.0.0:1 is listened on already (--bind #1); leave one of them out"
            ),
            ("demo -t", "--test: is not for demo, which has no configuration; leave it out, or leave demo out"),
            ("demo -T", "--dump-config: is not for demo, which has no configuration; leave it out, or leave demo out"),
        ])
    func demoRefused(line: String, expected: String) {
        let found = faults(words(line))
        #expect(found.first == expected)
    }

    @Test(
        "words that are no verb are refused",
        arguments: [
            ("chek %", "chek: unknown command; did you mean check?"),
            ("walk %", "walk: unknown command; write run, demo or check, and flags"),
            ("help", "help: unknown command; write --help"),
            ("version", "version: unknown command; write --version"),
            ("ctl reload --now", "ctl: is not part of this version; write run, demo or check"),
            ("top", "top: is not part of this version; write run, demo or check"),
            ("% b:2", "b:2: unknown command; write --server b:2, or --bind b:2 to listen there"),
            ("8080 %", "8080: unknown command; write --bind :8080 to listen there"),
            ("run % b:2", "b:2: is not understood behind run; write --server b:2, or --bind b:2 to listen there"),
        ])
    func words(line: String, expected: String) {
        let arguments = line.replacing("%", with: good).split(separator: " ").map(String.init)
        #expect(faults(arguments).first == expected)
    }

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    @Test("an error says one line a fault, and has an exit status")
    func error() {
        let error = UsageError(diagnostics: [
            Diagnostic(place: "--a", problem: "is b", remedy: "write c"),
            Diagnostic(place: "--d", problem: "e", remedy: "f"),
        ])
        #expect(error.description == "swivel: error: --a: is b; write c\nswivel: error: --d: e; f")
        #expect(error.exitStatus == 64)
    }

    @Test("nothing at all is refused")
    func nothing() {
        let places = faults([]).map { $0.prefix { $0 != ":" } }
        #expect(places == ["--bind", "--server"])
    }
}
