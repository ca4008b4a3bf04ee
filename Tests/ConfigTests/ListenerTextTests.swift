// `--bind`, both ways.

import Codecs
import Testing

@testable import Config

@Suite("listener text")
struct ListenerTextTests {
    private func parse(_ text: String) -> (ListenerText, [ValueFault]) {
        var faults: [ValueFault] = []
        let listener = ListenerText(text, faults: &faults)
        return (listener, faults)
    }

    @Test("a port alone is every address in both families")
    func everyHost() {
        let (text, faults) = parse(":8080,maxconn=9")
        #expect(faults == [])
        #expect(text.addresses.map(\.description) == ["0.0.0.0:8080", "[::]:8080"])
        #expect(text.listeners.map(\.connectionsMax) == [9, 9])
    }

    @Test("takes a name, an address and options")
    func whole() {
        let (text, faults) = parse("edge@[::1]:80,mode=tcp,backend=web,maxconn=5,backlog=7,interface=lo")
        #expect(faults == [])
        #expect(text.name == "edge")
        #expect(text.settings.mode == .tcp)
        #expect(text.settings.backend == "web")
        var listener = Listener(address: .ipv6(high: 0, low: 1, port: 80, scope: 0))
        listener.connectionsMax = 5
        listener.backlog = 7
        listener.interface = "lo"
        #expect(text.listeners == [listener])
    }

    @Test(
        "a path has no name, whatever it holds", arguments: ["unix:/run/a@b.sock", "unix:/@", "n@unix:/run/a@b.sock"])
    func path(text: String) {
        let (listener, faults) = parse(text)
        #expect(faults == [])
        #expect(listener.name == (text.hasPrefix("n@") ? "n" : nil))
    }

    @Test(
        "writes what is not the default",
        arguments: [
            "127.0.0.1:80", "[::]:0", "unix:/run/a.sock", "0.0.0.0:1,maxconn=5", "0.0.0.0:1,backlog=9",
            "127.0.0.1:80,maxconn=5,backlog=9,interface=eth0", "0.0.0.0:1,proxy-protocol=any,proxy-from=10.0.0.0/8+::1/128",
            "0.0.0.0:1,tfo", "0.0.0.0:1,defer-accept", "unix:/a,proxy-protocol=v1", "unix:/a,unix-mode=600",
            "unix:/a,unix-mode=007,unix-user=swivel,unix-group=0",
        ])
    func written(text: String) {
        let (listener, faults) = parse(text)
        #expect(faults == [])
        #expect(listener.listeners.map(ListenerText.text(of:)) == [text])
    }

    @Test("notes every fault, and keeps what is good")
    func everyFault() {
        let (text, faults) = parse("a b@1.2.3:80,weight=1,maxconn=x,tls,,mode=tcp,mode=tcp,backlog")
        #expect(text.addresses == [])
        #expect(text.settings.mode == .tcp)
        #expect(
            faults.map(\.problem) == [
                "\"a b\" before @ is no name", "weight is not known", "maxconn: \"x\" is no whole number",
                "tls is not part of this version", "nothing stands after a comma", "mode is given twice",
                "backlog has no value", "\"1.2.3:80\" is no IPv4 address",
            ])
    }

    @Test(
        "advises on habits of other programs",
        arguments: [
            ("8080", "write :8080"), ("*:8080", "write :8080"),
            ("localhost:80", "write 127.0.0.1:80, or [::1]:80 for IPv6"),
            ("example.com:80", "write its address, or :80 for every address"),
            ("/run/a.sock", "write unix:/run/a.sock"),
            ("http://0.0.0.0:80/x", "write 0.0.0.0:80"), ("::1:80", "write [::1]:80, or [::1:80]:PORT"),
            ("::", "write [::]:PORT"), ("2001:db8::1", "write [2001:db8::1]:PORT"),
            ("fd:3", "write 127.0.0.1:8080, :8080 or unix:/run/app.sock"),
            ("0.0.0.0", "write 0.0.0.0:PORT"), ("[::1]", "write [::1]:PORT"), ("unix:a.sock", "write unix:/PATH"),
            ("[fe80::1]:80", "write the interface's number (ip link shows it): [fe80::1%2]:8000"),
            ("unix:/a,interface=lo", "leave it out"), (":80,max_conns=3", "write maxconn="),
            (":80,backlgo=3", "did you mean backlog?"),
            (":80,accept-proxy", "write proxy-protocol="), (":80,fastopen", "write tfo"),
            ("unix:/a,user=x", "write unix-user="),
            (":80,tfo=5", "write tfo, or leave it out"), ("://", "write 127.0.0.1:8080, :8080 or unix:/run/app.sock"),
        ])
    func advice(text: String, remedy: String) {
        #expect(parse(text).1.map(\.remedy) == [remedy])
    }

    @Test(
        "a link-local address needs a zone or an interface", arguments: ["[fe80::1%2]:80", "[fe80::1]:80,interface=lo"])
    func linkLocal(text: String) {
        #expect(parse(text).1 == [])
    }
}
