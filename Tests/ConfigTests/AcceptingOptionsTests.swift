// Options that say who may connect and how sockets are set up: what is refused and why, and what is
// configured.

import Codecs
import Config
import Testing

@Suite("options of accepting")
struct AcceptingOptionsTests {
    @Test(
        "says what would be right",
        arguments: [
            (
                "--allow 10.0.0.1/8",
                "--allow: 10.0.0.1/8 has host bits set; write 10.0.0.0/8, or 10.0.0.1 for that address alone"
            ),
            (
                "--deny 2001:db8::1/32",
                "--deny: 2001:db8::1/32 has host bits set; write 2001:db8::/32, or 2001:db8::1 for that address alone"
            ),
            ("--allow lan", "--allow: \"lan\" is no network; write one like 10.0.0.0/8 or 2001:db8::/32"),
            (
                "--deny all",
                "--deny: \"all\" is no network; write 0.0.0.0/0 for every IPv4 address, ::/0 for every IPv6 address"
            ),
            ("--allow 10.0.0.0/8,::1", "--allow: \"10.0.0.0/8,::1\" is more than one network; give each by itself"),
            (
                "--allow 10.0.0.0/255.0.0.0",
                "--allow: \"10.0.0.0/255.0.0.0\" does not end in the length of a prefix; write 10.0.0.0/8"
            ),
            (
                "--allow 10.0.0.0/255.0.255.0",
                "--allow: \"10.0.0.0/255.0.255.0\" does not end in the length of a prefix; write a number of bits from 0 to 32 behind the slash"
            ),
            (
                "--allow 10.0.0.0/33",
                "--allow: \"10.0.0.0/33\" does not end in the length of a prefix; write a number of bits from 0 to 32 behind the slash"
            ),
            (
                "--conn-rate-per-ip 100",
                "--conn-rate-per-ip: \"100\" is no number in a time; write one like 100/10s: 100 in ten seconds, or 0"
            ),
            ("--conn-rate-per-ip 0/s", "--conn-rate-per-ip: 0 is out of bounds; write 1 to 1000000, or 0"),
            (
                "--conn-rate-per-ip 5/10",
                "--conn-rate-per-ip: 10 has no unit; write 10s for seconds, 10ms for milliseconds, or 0"
            ),
            ("--tcp-keepalive 1500ms", "--tcp-keepalive: 1500ms is no whole number of seconds; write 2s, or off"),
            ("--tcp-keepalive 10h", "--tcp-keepalive: 10h is out of bounds; write 1s to 32767s, or off"),
            ("--maxconn-per-ip some", "--maxconn-per-ip: \"some\" is no whole number; write a number from 0 to 1073741824"),
            (
                "--bind :1,proxy-protocol=any",
                "--bind #2: proxy-protocol: nothing says which networks may send it; add proxy-from=10.0.0.0/8 with those of the proxies, several joined by +"
            ),
            (
                "--bind :1,proxy-from=10.0.0.0/8",
                "--bind #2: proxy-from: no PROXY header is expected; add proxy-protocol=any, or leave it out"
            ),
            (
                "--bind :1,proxy-protocol=off,proxy-from=10.0.0.0/8",
                "--bind #2: proxy-from: no PROXY header is expected; add proxy-protocol=any, or leave it out"
            ),
            (
                "--bind :1,proxy-protocol=v3,proxy-from=::1",
                "--bind #2: proxy-protocol: \"v3\" is not known here; did you mean v1 or v2?"
            ),
            (
                "--bind :1,proxy-protocol=v2,proxy-from=::1+10.0.0.1/8",
                "--bind #2: proxy-from: 10.0.0.1/8 has host bits set; write 10.0.0.0/8, or 10.0.0.1 for that address alone"
            ),
            (
                "--bind unix:/a,proxy-protocol=v2,proxy-from=::1",
                "--bind #2: proxy-from: a Unix socket has no network; leave it out"
            ),
            ("--bind unix:/a,tfo", "--bind #2: tfo: a Unix socket has no network; leave it out"),
            ("--bind unix:/a,defer-accept", "--bind #2: defer-accept: a Unix socket has no network; leave it out"),
            ("--bind :1,unix-mode=660", "--bind #2: unix-mode: only a Unix socket has a file; leave it out"),
            ("--bind :1,unix-user=x", "--bind #2: unix-user: only a Unix socket has a file; leave it out"),
            (
                "--bind unix:/a,unix-mode=rw",
                "--bind #2: unix-mode: \"rw\" is no mode of a socket; write three octal digits: 660 for owner and group, 666 for all"
            ),
            (
                "--bind unix:/a,unix-group=a:b",
                "--bind #2: unix-group: \"a:b\" is no user or group; write a name that the machine knows, or a number"
            ),
            (
                "--proxy-protocol on",
                "--proxy-protocol: unknown option; write --bind ADDR,proxy-protocol=any,proxy-from=CIDR, or --server ADDR,proxy-protocol=v2"
            ),
        ])
    func refused(line: String, expected: String) {
        #expect(faults(valid + words(line)) == [expected])
    }

    @Test("of a listener reach the configuration")
    func listener() throws {
        let line = """
            --bind :1,proxy-protocol=any,proxy-from=10.0.0.0/8+::1,tfo,defer-accept,maxconn=5,backlog=6,interface=eth0 \
            --bind unix:/a,proxy-protocol=v1,unix-mode=0640,unix-user=swivel,unix-group=33
            """
        let listeners = try configuration(valid + words(line)).frontends.flatMap(\.listeners)
        #expect(listeners.count == 4)
        for listener in listeners[1...2] {
            #expect(listener.proxyProtocol == .any)
            #expect(listener.proxyTrusted.map(\.description) == ["10.0.0.0/8", "::1/128"])
            #expect(listener.hasFastOpen && listener.hasDeferredAccept)
            #expect(listener.connectionsMax == 5 && listener.backlog == 6 && listener.interface == "eth0")
        }
        #expect(listeners[3].proxyProtocol == .v1)
        #expect(listeners[3].proxyTrusted == [])
        #expect(listeners[3].unixMode == 0o640)
        #expect(listeners[3].unixUser == .name("swivel") && listeners[3].unixGroup == .number(33))
        let plain = listeners[0]
        #expect(plain.proxyProtocol == nil && plain.proxyTrusted == [] && !plain.hasFastOpen && !plain.hasDeferredAccept)
        #expect(plain.unixMode == nil && plain.unixUser == nil && plain.unixGroup == nil)
    }

    @Test("of a frontend reach the configuration")
    func frontend() throws {
        let line =
            "--maxconn-per-ip 7 --conn-rate-per-ip 100/10s --tcp-keepalive 2m --allow 10.0.0.0/8 --deny ::1 --allow 192.0.2.1"
        let frontend = try #require(configuration(valid + words(line)).frontends.first)
        #expect(frontend.connectionsPerAddressMax == 7)
        #expect(frontend.connectionRatePerAddress == Rate(count: 100, periodMilliseconds: 10_000))
        #expect(frontend.keepaliveSeconds == 120)
        #expect(frontend.allowed.map(\.description) == ["10.0.0.0/8", "192.0.2.1/32"])
        #expect(frontend.denied.map(\.description) == ["::1/128"])
        let short = try configuration(valid + ["--conn-rate-per-ip", "5/s"]).frontends.first
        #expect(short?.connectionRatePerAddress == Rate(count: 5, periodMilliseconds: 1_000))
    }

    @Test("nothing of them is set where nothing was said")
    func defaults() throws {
        let frontend = try #require(configuration(valid).frontends.first)
        #expect(frontend.connectionsPerAddressMax == 0 && frontend.connectionRatePerAddress == nil)
        #expect(frontend.keepaliveSeconds == nil && frontend.allowed == [] && frontend.denied == [])
    }

    @Test("networks before any listener are of all, those behind one are added to its own")
    func scope() throws {
        let line = "--mode tcp --deny 10.0.0.1 --bind a@:1 --deny 10.0.0.2 --bind b@:2 --server s:1 --bind a@:3 --deny 10.0.0.3"
        let found = try configuration(words(line)).frontends
        #expect(found.map { $0.denied.map(\.host.description) } == [["10.0.0.1", "10.0.0.2", "10.0.0.3"], ["10.0.0.1"]])
    }

    @Test("the demo takes none of them but what belongs to its address")
    func demo() {
        #expect(faults(words("demo --deny 10.0.0.1")).count == 1)
        #expect(faults(words("demo --bind 127.0.0.1:0,tfo")) == [])
    }
}
