// What each option takes, on both sides of every bound.

import Testing

@testable import Config

@Suite("values of options")
struct ValueTests {
    /// The option, and the values at its bounds: those allowed, and those refused.
    static let bounds: [(String, allowed: [String], refused: [String])] = [
        ("--workers", ["1", "64", "auto"], ["0", "65", "-1", "+1", "1.0", "", "two", "99999999999999999999"]),
        (
            "--cpu-affinity", ["auto", "off", "0", "1023", "0,2,4-7", "3-3"],
            ["1024", "-1", "0,", ",0", "7-4", "0,0", "1-2-3", "0-", "a", "0 1", "0-1,1", "+1"]
        ),
        ("--engine", ["auto", "io_uring", "epoll", "IO_URING", "io-uring", "uring"], ["kqueue", "select"]),
        ("--pid", ["/run/a.pid", "a.pid", "./off"], ["/run/", "", "a\u{7}b"]),
        ("--rlimit-nofile", ["64", "1073741824", "auto"], ["63", "1073741825", "max"]),
        ("--ring-entries", ["64", "128", "32768"], ["63", "65", "100", "32769", "65536", "auto"]),
        ("--cq-entries", ["2048", "65536"], ["127", "129", "65537", "131072", "1024"]),
        ("--buffers", ["16", "32768", "auto"], ["15", "17", "8", "65536"]),
        ("--buffer-size", ["1k", "1024", "1m", "1500", "1048576"], ["1023", "1048577", "2m", "0", "4kb"]),
        (
            "--spin", ["auto", "off", "0", "1us", "50", "50us", "10ms", "10000"],
            ["10001us", "11ms", "1s", "on", "-1", "5x"]
        ),
        ("--splice", ["auto", "on", "off"], ["yes", "true", ""]),
        ("--graceful-timeout", ["0", "1ms", "30s", "8760h"], ["8761h", "30", "1us", "-1s", "forever"]),
        ("--mode", ["tcp", "TCP", "http", "HTTP"], ["udp", "tpc", "https", ""]),
        ("--maxconn", ["1", "1073741824", "auto"], ["0", "1073741825"]),
        ("--frontend-maxconn", ["0", "1", "1073741824"], ["-1", "1073741825", "auto"]),
        (
            "--balance",
            [
                "roundrobin", "leastconn", "p2c", "random", "first", "source", "maglev:source", "ring:source", "rr",
                "ROUND_ROBIN", "least_conn", "LEAST_REQUEST", "least_connections", "random_two", "ip_hash", "ketama",
                "RING_HASH", "Maglev:Source", "RANDOM", "ewma", "peak_ewma", "maglev(source)", "ring:ip",
            ],
            [
                "header:X-Room", "uri", "cookie:a", "query:k", "maglev:uri", "ring:header:X", "maglev", "ring:",
                "maglev:host", "source:x", "random:3", "fair", "", "hash", "ewma:source", "maglev(source", "websocket",
            ]
        ),
        ("--hash-balance-factor", ["0", "100", "150", "65535"], ["1", "99", "-1", "65536", "1.5", "150%", "off"]),
        ("--server-maxconn", ["0", "1", "1073741824"], ["-1", "1073741825", "none"]),
        ("--queue", ["0", "1", "1048576"], ["-1", "1048577", "off"]),
        ("--timeout-queue", ["1ms", "8760h"], ["0", "8761h", "5", "1us"]),
        ("--slow-start", ["0", "1ms", "60s", "8760h"], ["8761h", "60", "off"]),
        (
            "--source", ["10.0.0.9", "2001:db8::9", "[2001:db8::9]", "10.0.0.9,2001:db8::9", "::1,127.0.0.1", "fe80::1%2"],
            [
                "", "10.0.0.9,", "10.0.0.9,10.0.0.8", "::1,::2", "10.0.0.9:80", "[::1]:80", "0.0.0.0", "::", "localhost",
                "10.0.0.9/32", "unix:/a", "::ffff:10.0.0.9", "::ffff:0.0.0.0", "fe80::1", "10.0.0.9 10.0.0.8", "eth0",
            ]
        ),
        ("--retries", ["0", "16"], ["-1", "17", "auto"]),
        ("--timeout-connect", ["1ms", "8760h"], ["0", "8761h", "3"]),
        ("--timeout-tunnel", ["1ms", "8760h"], ["0", "8761h", "3600"]),
        ("--timeout-half-close", ["1ms", "8760h"], ["0", "8761h", "off"]),
        ("--maxconn-per-ip", ["0", "1", "1073741824"], ["-1", "1073741825", "off"]),
        (
            "--conn-rate-per-ip", ["0", "1/1ms", "100/10s", "5/s", "1000000/24h", "7/m"],
            ["1", "0/s", "1/0", "1/25h", "1000001/s", "1/", "/s", "1/2/s", "1/10", "a/s", "-1/s", "1/x", "1/s5", "off"]
        ),
        ("--tcp-keepalive", ["off", "1s", "32767s", "5m", "2000ms"], ["0", "999ms", "1500ms", "32768s", "30", "on"]),
        (
            "--allow", ["10.0.0.0/8", "0.0.0.0/0", "::/0", "10.0.0.1", "2001:db8::/32", "::ffff:10.0.0.0/104"],
            ["10.0.0.1/8", "10.0.0.0/33", "all", "localhost", "10.0.0.0/8,::/0", "10.0.0.0/255.0.0.0", "", "10.0.0.0/08"]
        ),
        ("--deny", ["10.0.0.0/8", "::1"], ["2001:db8::1/32", "*", "10.0.0/8", "10.0.0.0:80"]),
        ("--log-level", ["error", "warn", "info", "debug", "WARNING"], ["notice", "2"]),
        ("--error-logfile", ["-", "/var/log/a", "./off"], ["off", "", "/var/log/", "syslog:server=a"]),
        ("--access-logfile", ["-", "off", "/var/log/a", "./syslog:"], ["", "/", "syslog:", "syslog:127.0.0.1:514"]),
        ("--access-log-format", ["tcp", "tcplog", "json", "auto", "$remote_addr"], ["xml", "$remote_add", ""]),
        ("--drain-spread", ["auto", "0", "1ms", "8760h"], ["8761h", "30", "off", "-1s"]),
    ]

    @Test("every option with a value has its bounds here, or where those of http are", arguments: Options.all)
    func complete(option: Option) {
        let tried = Set(ValueTests.bounds.map(\.0) + HTTPValueTests.bounds.map(\.0))
        #expect(option.isAction || option.makesObject || tried.contains("--\(option.long)"))
    }

    @Test("are allowed up to their bounds", arguments: bounds)
    func allowed(option: String, allowed: [String], refused: [String]) {
        for value in allowed {
            #expect(faults(valid + [option, value]) == [], "\(option) \(value)")
        }
    }

    @Test("are refused beyond them, with the place and a remedy", arguments: bounds)
    func refused(option: String, allowed: [String], refused: [String]) {
        for value in refused {
            let found = faults(valid + ["\(option)=\(value)"])
            #expect(found.count == 1, "\(option)=\(value)")
            #expect(found.allSatisfy { $0.hasPrefix(option) && $0.contains("; ") }, "\(found)")
        }
    }

    @Test(
        "behind an address have bounds, too",
        arguments: [
            ("--server", "10.0.0.2:1,weight=", ["0", "1", "256"], ["257", "-1", "", "1.5", "x"]),
            ("--server", "10.0.0.2:1,maxconn=", ["0", "1", "1073741824"], ["-1", "1073741825", ""]),
            ("--server", "10.0.0.2:1,slow-start=", ["0", "1ms", "8760h"], ["60", "8761h", ""]),
            ("--server", "10.0.0.2:1,proxy-protocol=", ["v1", "v2", "V2"], ["off", "any", "v3", "1", ""]),
            (
                "--server", "10.0.0.2:1,redirect=", ["http://a", "https://app.example.com:8443/x"],
                [
                    "app.example.com", "ftp://a", "https://", "https:///x", "https://a b", "http://\u{e9}", "//a",
                    "https://a?b", "https://a/#b", "",
                ]
            ),
            ("--bind", ":81,maxconn=", ["0", "1", "1073741824"], ["-1", "1073741825", "auto"]),
            ("--bind", ":81,backlog=", ["1", "1048576"], ["0", "1048577"]),
            ("--bind", ":81,interface=", ["eth0", "a", "fifteen-letters"], ["sixteen-letters-", "a/b", "..", "a b"]),
            ("--bind", ":81,proxy-from=10.0.0.0/8,proxy-protocol=", ["v1", "v2", "any", "ANY"], ["off", "v3", "on", ""]),
            (
                "--bind", ":81,proxy-protocol=v2,proxy-from=", ["10.0.0.0/8", "10.0.0.1", "10.0.0.0/8+::1+0.0.0.0/0"],
                ["10.0.0.1/8", "+", "10.0.0.0/8+", "all", ""]
            ),
            ("--bind", "unix:/b,proxy-protocol=", ["off", "v1", "v2", "any"], ["v3"]),
            (
                "--bind", "unix:/b,unix-mode=", ["660", "0660", "0", "777", "7"],
                ["888", "1777", "rw", "66a", "-1", "00660", ""]
            ),
            (
                "--bind", "unix:/b,unix-user=", ["swivel", "www-data", "0", "4294967294", "_a.b$"],
                ["4294967295", "a:b", "-x", "a b", "a-name-that-is-longer-than-allowed", ""]
            ),
            ("--bind", "unix:/b,unix-group=", ["adm", "4"], ["4294967296", ""]),
            ("--bind", ":81,mode=", ["tcp", "TCP"], ["udp", "https", ""]),
            ("--bind", ":81,backend=", ["default"], ["other", "a/b", ""]),
        ] as [(String, String, [String], [String])])
    func inline(option: String, prefix: String, allowed: [String], refused: [String]) {
        for value in allowed { #expect(faults(valid + [option, prefix + value]) == [], "\(prefix)\(value)") }
        for value in refused { #expect(faults(valid + [option, prefix + value]).count == 1, "\(prefix)\(value)") }
    }

    @Test("reach the configuration")
    func configured() throws {
        let line = """
            --workers 3 --cpu-affinity 0,2-4 --engine epoll --pid /run/a.pid --rlimit-nofile 5000 --ring-entries 256 \
            --cq-entries 1024 --buffers 64 --buffer-size 8k --spin 20us --splice on --graceful-timeout 5s --maxconn 100 \
            --log-level debug --error-logfile /var/log/e --access-logfile - --access-log-format tcp
            """
        let found = try configuration(valid + words(line))
        var process = ProcessOptions()
        process.workerCount = 3
        process.affinity = .cores([0, 2, 3, 4])
        process.engine = .epoll
        process.pidFile = "/run/a.pid"
        process.descriptorLimit = 5000
        process.ringEntries = 256
        process.completionEntries = 1024
        process.bufferCount = 64
        process.bufferBytes = 8192
        process.spin = .microseconds(20)
        process.splice = .on
        process.gracefulTimeoutMilliseconds = 5_000
        process.connectionsMax = 100
        #expect(found.process == process)
        var log = LogOptions()
        log.level = .debug
        log.errorTarget = .file("/var/log/e")
        log.accessTarget = .standard
        log.accessFormat = .tcp
        #expect(found.log == log)
    }

    @Test(
        "auto, off and zero are none",
        arguments: [
            "--workers auto", "--rlimit-nofile auto", "--buffers auto", "--maxconn auto", "--frontend-maxconn 0",
            "--spin auto",
        ])
    func none(line: String) throws {
        #expect(try configuration(valid + words(line)) == configuration(valid))
    }

    @Test("the completion queue grows with the submission queue unless it was given")
    func completionEntries() throws {
        #expect(try configuration(valid + words("--ring-entries 32768")).process.completionEntries == 65_536)
        #expect(try configuration(valid + words("--ring-entries 64")).process.completionEntries == 8_192)
        #expect(try configuration(valid + words("--ring-entries 64 --cq-entries 128")).process.completionEntries == 128)
        let found = faults(valid + words("--ring-entries 4096 --cq-entries 4096"))
        #expect(found == ["--cq-entries: 4096 is less than twice --ring-entries; write 8192 or more"])
    }

    @Test("levels are in the order of their weight")
    func levels() {
        #expect(LogOptions.Level.allCases.sorted() == [.error, .warn, .info, .debug])
    }
}
