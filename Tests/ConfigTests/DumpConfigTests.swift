// The configuration as it is printed, read back.

import Codecs
import Testing

@testable import Config

@Suite("dump of the configuration")
struct DumpConfigTests {
    @Test("has every key, defaults filled in")
    func layout() throws {
        let line = "--mode tcp --bind :80,maxconn=9 --server a@10.0.0.1:8000,weight=2 --server app:1 --pid /run/a.pid"
        #expect(
            try DumpConfig.text(of: configuration(words(line))) == """
                workers: auto
                cpu-affinity: auto
                engine: auto
                pid: /run/a.pid
                rlimit-nofile: auto
                ring-entries: 1024
                cq-entries: 8192
                buffers: auto
                buffer-size: 4k
                spin: auto
                splice: auto
                graceful-timeout: 30s
                maxconn: auto
                log-level: info
                error-logfile: "-"
                access-logfile: off
                access-log-format: tcp
                frontends:
                  default:
                    bind:
                      - "0.0.0.0:80,maxconn=9"
                      - "[::]:80,maxconn=9"
                    mode: tcp
                    maxconn-per-ip: 0
                    conn-rate-per-ip: 0
                    tcp-keepalive: off
                    timeout-tunnel: 1h
                    timeout-half-close: 30s
                    backend: default
                backends:
                  default:
                    balance: leastconn
                    hash-balance-factor: 0
                    slow-start: 0
                    server-maxconn: 0
                    queue: 1024
                    retries: 2
                    timeout-connect: 3s
                    timeout-queue: 5s
                    servers:
                      - "a@10.0.0.1:8000,weight=2"
                      - "app:1"

                """)
    }

    static let lines = [
        "--mode tcp --bind :80 --server a:1",
        """
        --mode tcp --workers 3 --cpu-affinity 0,2-4,9 --engine epoll --pid /run/a.pid --rlimit-nofile 5000 \
        --ring-entries 256 --cq-entries 1024 --buffers 64 --buffer-size 8k --spin 20us --splice on --graceful-timeout 5s \
        --maxconn 100 --log-level debug --error-logfile /var/log/e --access-logfile - --bind x@:1,backlog=7 \
        --frontend-maxconn 5 --timeout-tunnel 1500ms --bind y@unix:/run/y@z.sock,backend=b --timeout-half-close 90s \
        --server a:1 --retries 0 --balance rr --backend b --timeout-connect 1ms --server q@[::1]:9,weight=0,maxconn=3 \
        --server unix:/run/s.sock
        """,
        """
        --mode tcp --bind :1 --timeout-queue 9s --backend a --balance maglev:source --hash-balance-factor 125 --queue 0 \
        --slow-start 30s --server-maxconn 8 --source 10.0.0.9,fe80::9%2 --server a:1 --server b:1,maxconn=0,slow-start=0 \
        --server c:1,maxconn=8,backup,proxy-protocol=v1 --server d:1,disabled,proxy-protocol=v2,slow-start=30s \
        --backend b --balance p2c --source ::1 --timeout-queue 1ms --server e:1,redirect=https://e.example/?a=b
        """.replacing("--bind :1", with: "--bind :1,backend=a"),
        """
        --mode tcp --deny 10.0.0.9 --tcp-keepalive 30s --bind a@:1,proxy-protocol=any,proxy-from=10.0.0.0/8+::1,tfo,defer-accept \
        --bind a@127.0.0.1:2,proxy-protocol=off --allow 10.0.0.0/8 --allow 2001:db8::/32 --deny 10.9.0.0/16 --maxconn-per-ip 3 \
        --bind b@unix:/run/b.sock,proxy-protocol=v2,unix-mode=060,unix-user=swivel,unix-group=33 --conn-rate-per-ip 100/10s \
        --tcp-keepalive off --server a:1
        """,
        "--mode tcp --bind 1@:1,interface=eth0 --bind no@[fe80::1%2]:1,backend=off --backend off --server a:1 --spin off --pid ./-x",
    ]

    @Test("reads back as the same configuration", arguments: lines)
    func roundTrip(line: String) throws {
        let before = try configuration(words(line))
        let arguments = try arguments(ofYAML: DumpConfig.text(of: before))
        #expect(try configuration(arguments) == before)
    }

    @Test("quotes what YAML would take for something else")
    func quoting() throws {
        var configuration = try configuration(valid)
        configuration.process.pidFile = "/run/a \"b\" \\ #\u{85}ü: x"
        let text = DumpConfig.text(of: configuration)
        #expect(text.contains("pid: \"/run/a \\\"b\\\" \\\\ #\\U00000085ü: x\"\n"))
    }

    /// The flags that say what the printed lines say: top level first, then each object's own.
    private func arguments(ofYAML text: String) throws -> [String] {
        var arguments: [String] = []
        var section = ""
        var name = ""
        var list = ""
        var pending: [String] = []
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let body = line.dropFirst(indent)
            if indent == 6 {
                let value = unquoted(body.dropFirst(2))
                switch list {
                case "bind": arguments += ["--bind", "\(name)@\(value)"]
                case "servers": arguments += ["--server", value]
                default: arguments += ["--\(list)", value]
                }
                continue
            }
            let colon = try #require(body.firstIndex(of: ":"))
            let key = unquoted(body[..<colon])
            let value = unquoted(body[body.index(after: colon)...].drop { $0 == " " })
            switch indent {
            case 0 where value.isEmpty: section = key
            case 0: arguments += ["--\(key)", value]
            case 2:
                arguments += pending
                pending = []
                name = key
                if section == "backends" { arguments += ["--backend", name] }
            default:
                guard !value.isEmpty else {
                    list = key
                    continue
                }
                if key == "backend" {
                    let index = try #require(arguments.lastIndex { $0.hasPrefix("\(name)@") })
                    arguments[index] += ",backend=\(value)"
                } else {
                    arguments += ["--\(key)", value]
                }
            }
        }
        return arguments
    }

    private func unquoted(_ text: Substring) -> String {
        guard text.first == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast()).replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
    }
}
