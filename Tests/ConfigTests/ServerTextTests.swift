// `--server`, both ways.

import Codecs
import Testing

@testable import Config

@Suite("server text")
struct ServerTextTests {
    private static let backend = Backend(name: "b", servers: [])

    private func parse(_ text: String, in backend: Backend = Self.backend) -> (Server?, [ValueFault]) {
        var faults: [ValueFault] = []
        let server = ServerText.parse(text, faults: &faults)?.server(in: backend)
        return (server, faults)
    }

    @Test(
        "reads and writes every form",
        arguments: [
            "10.0.0.1:8000", "[2001:db8::1]:80", "unix:/run/a.sock", "app.example.com:65535", "my_app:1",
            "a@10.0.0.1:1",
            "a@10.0.0.1:1,weight=0", "10.0.0.1:1,weight=256,maxconn=7", "a.b-c_D@unix:/a@b,maxconn=1",
            "[fe80::1%3]:80", "localhost:80", "a:1,backup", "a:1,disabled", "a:1,slow-start=90s", "a:1,proxy-protocol=v1",
            "s@a:1,weight=2,maxconn=7,backup,slow-start=1m,disabled,proxy-protocol=v2,redirect=https://a.example/b",
        ])
    func bothWays(text: String) throws {
        let (server, faults) = parse(text)
        #expect(faults == [])
        #expect(try ServerText.text(of: #require(server), in: Self.backend) == text)
    }

    @Test("is named for its address where it has no name")
    func unnamed() {
        #expect(parse("10.0.0.1:8000,weight=2").0?.name == "10.0.0.1:8000")
        #expect(parse("[2001:DB8::0]:80").0?.name == "[2001:db8::]:80")
        #expect(parse("unix:/a").0?.name == "unix:/a")
        #expect(parse("App:1").0?.name == "App:1")
    }

    @Test(
        "advises on habits of other programs",
        arguments: [
            ("8080", "write 127.0.0.1:8080 for a server on this machine"),
            (":8080", "write 127.0.0.1:8080 for a server on this machine"),
            ("http://10.0.0.1:8000/", "write 10.0.0.1:8000"), ("tcp://app:1", "write app:1"),
            ("10.0.0.1", "write 10.0.0.1:PORT"), ("app", "write app:PORT"),
            ("10.0.0.1:0", "write a port from 1 to 65535"),
            ("app:0", "write a port from 1 to 65535"), ("[::1]:0", "write a port from 1 to 65535"),
            ("web1 10.0.0.1:80 weight 2", "write options after commas: NAME@HOST:PORT,weight=2"),
            ("*:80", "write 10.0.0.1:8000, app.example.com:8000 or unix:/run/app.sock"),
            ("[fe80::1]:80", "write the interface's number (ip link shows it): [fe80::1%2]:8000"),
            ("a:1,max_conns=3", "write maxconn="), ("a:1,resolve=a", "leave it out"),
            ("a:1,down", "write disabled"), ("a:1,slow_start=30s", "write slow-start="),
            ("a:1,send-proxy", "write proxy-protocol="),
            ("a:1,backup=yes", "write backup, or leave it out"), ("a:1,disabled=", "write disabled, or leave it out"),
            ("a:1,weight", "write weight=N"), ("a:1,bakcup", "did you mean backup?"),
            ("a:1,backup,backup", "give it once"), ("a:1,proxy-protocol=any", "write v1 or v2"),
            ("a:1,wieght=3", "did you mean weight?"),
            ("@a:1", "write 1 to 64 letters, digits, dots, hyphens or underscores"),
        ])
    func advice(text: String, remedy: String) {
        let (server, faults) = parse(text)
        #expect(server == nil)
        #expect(faults.map(\.remedy) == [remedy])
    }

    @Test("takes from its backend what it does not say itself, and says what differs")
    func inherited() throws {
        var backend = Self.backend
        backend.serverConnectionsMax = 9
        backend.slowStartMilliseconds = 5_000
        for (text, connectionsMax, slowStartMilliseconds) in [
            ("a:1", 9, 5_000), ("a:1,maxconn=0", 0, 5_000), ("a:1,maxconn=3,slow-start=0", 3, 0),
        ] as [(String, Int, UInt64)] {
            let server = try #require(parse(text, in: backend).0)
            #expect(server.connectionsMax == connectionsMax)
            #expect(server.slowStartMilliseconds == slowStartMilliseconds)
            #expect(ServerText.text(of: server, in: backend) == text)
        }
        #expect(try ServerText.text(of: #require(parse("a:1,maxconn=9", in: backend).0), in: backend) == "a:1")
    }

    @Test("a disabled server has no weight, whatever it was given")
    func disabled() throws {
        #expect(parse("a:1,weight=7").0?.effectiveWeight == 7)
        let server = try #require(parse("a:1,weight=7,disabled").0)
        #expect(server.weight == 7 && server.effectiveWeight == 0)
    }

    @Test("names are 1 to 64 bytes")
    func names() {
        let longest = String(repeating: "n", count: 64)
        #expect(parse("\(longest)@a:1").1 == [])
        #expect(parse("\(longest)n@a:1").1.count == 1)
    }

    @Test(
        "every fault of an address is said in words", arguments: AddressFault.allCases,
        [AddressAdvice.Role.listener, .server])
    func everyFault(fault: AddressFault, role: AddressAdvice.Role) {
        let said = AddressAdvice.fault(fault, in: "x", for: role)
        #expect(!said.problem.isEmpty && !said.remedy.isEmpty)
    }
}
