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
                drain-spread: auto
                maxconn: auto
                log-level: info
                error-logfile: "-"
                access-logfile: off
                access-log-format: auto
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
                    sticky: off
                    sticky-ttl: session
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
        --backend b --balance p2c --source ::1 --timeout-queue 1ms --server e:1,redirect=https://e.example/a
        """.replacing("--bind :1", with: "--bind :1,backend=a"),
        """
        --mode tcp --deny 10.0.0.9 --tcp-keepalive 30s --bind a@:1,proxy-protocol=any,proxy-from=10.0.0.0/8+::1,tfo,defer-accept \
        --bind a@127.0.0.1:2,proxy-protocol=off --allow 10.0.0.0/8 --allow 2001:db8::/32 --deny 10.9.0.0/16 --maxconn-per-ip 3 \
        --bind b@unix:/run/b.sock,proxy-protocol=v2,unix-mode=060,unix-user=swivel,unix-group=33 --conn-rate-per-ip 100/10s \
        --tcp-keepalive off --server a:1
        """,
        "--bind :80 --server a:1",
        """
        --forwarded both --bind a@:1 --trusted-proxies 10.0.0.0/8,2001:db8::/32 --request-id X-Trace --via edge-1 --real-ip on \
        --timeout-http-request 1s --timeout-body-idle 2s --timeout-client 3s --timeout-keep-alive 4s --min-rate 1k \
        --limit-request-line 4k --limit-request-fields 50 --limit-request-field-size 2k --limit-head 16k --max-body 10g \
        --bind b@:2,backend=b --request-id off --forwarded off --limit-head 4k --server a:1 --balance maglev:header:X-Room \
        --backend-profile gunicorn-sync --retry-on off --retry-budget 0 --timeout-server 9s --server-maxconn 4 \
        --backend b --balance query:a:b --backend-profile twisted --reuse always --reuse-max 3 --retry-on 503,timeout \
        --request-buffering 64k --response-buffering off --server b:1 --access-logfile - --access-log-format json \
        --access-log-sample 0.025 --access-log-min-status 400
        """,
        """
        --mode tcp --bind a@:1,backend=a --forwarded off --max-body 1k --bind b@:2,mode=http,backend=b --backend a \
        --reuse always --retry-on timeout --server a:1 --backend b --balance ewma --reuse-idle 9s --server b:1 --backend c \
        --balance uri --server c:1
        """,
        """
        --header-up 'X-Edge: one two' --strip-prefix /all --rate-limit ip=100/10s,burst=20 --bind a@:1,backend=web \
        --rate-limit host=9/s --rate-limit header:X-Key=5/1m --header-up +X-Name:$server_name --header-up -X-Bad \
        --header-down 'Strict-Transport-Security: max-age=1; includeSubDomains' --header-down -Server --add-prefix /v1 \
        -r 'host=A.com host=*.b.com path=/api/* path=/x%20y path~=^/v[0-9]+/ method=GET method=PURGE header:X-V=2* \
        header:X-W query:k=v query:l src=10.0.0.0/8 src=::1 upgrade=WebSocket -> backend=api' --strip-prefix /api/ \
        --header-up 'Host: $host' --header-up 'X-Price: $$5' --header-down '+X-At: $request_id' \
        -r 'path=/old/* -> redirect=301:https://$host/new?from=$uri&$args' -r 'src=192.0.2.0/24 -> deny' \
        -r 'path=/gone -> return=410' -r 'header:X-V=1 -> redirect=https' -r 'path=* -> redirect=302:/down' \
        --bind b@:2 --route 'path=/only -> backend=api' --bind c@:3 -r 'path=* -> return=204' --backend web --server a:1 \
        --sticky cookie:who --sticky-ttl 2h --sticky-secret /etc/swivel/secret --backend api --server b:1 --sticky source \
        --sticky-ttl 90s --drain-spread 7s --access-log-format '$remote_addr "$request" $$ $http_x_id'
        """,
        """
        --ws-connect-rate 100/s --bind :1 --backend-profile websocket --ws-max-frame 1m --ws-ping-timeout 5s --ws-drain-code 1001 \
        --ws-rebalance 10/1m --server a:1 --bind b@:2,backend=b --backend b --ws-mode opaque --ws-connect-rate 0 --server b:1
        """,
        "--bind :1 --route 'path=/.well-known/* -> return=404' --route 'path=/* -> redirect=https'",
        "--mode tcp --bind 1@:1,interface=eth0 --bind no@[fe80::1%2]:1,backend=off --backend off --server a:1 --spin off --pid ./-x",
    ]

    @Test("has the keys of http where it is spoken, with what a profile stands for")
    func http() throws {
        let line =
            "--bind :80 --backend-profile gunicorn-sync --server a:1 --bind t@:81,mode=tcp,backend=t --backend t --server t:1"
        let text = try DumpConfig.text(of: configuration(words(line)))
        let parts = text.replacing("  t:\n", with: "|").split(separator: "|").map(String.init)
        #expect(parts.count == 3)
        #expect(text.contains("access-log-sample: 1\naccess-log-min-status: 0\n"))
        #expect(
            parts[0].contains(
                """
                forwarded: xff
                trusted-proxies: none
                request-id: X-Request-ID
                via: off
                real-ip: off
                timeout-tunnel: 1h
                timeout-half-close: 30s
                timeout-http-request: 10s
                timeout-body-idle: 30s
                timeout-client: 1m
                timeout-keep-alive: 75s
                min-rate: 0
                limit-request-line: 8190
                limit-request-fields: 100
                limit-request-field-size: 8190
                limit-head: 32k
                max-body: 0
                backend: default

                """.split(separator: "\n").map { "    \($0)\n" }.joined()))
        #expect(
            parts[1].contains(
                """
                backend-profile: gunicorn-sync
                reuse: off
                reuse-idle: auto
                reuse-max: 1024
                retries: 2
                retry-on: "connect,unsent,reset"
                retry-budget: 20
                timeout-connect: 3s
                timeout-queue: 5s
                timeout-server: 1m
                request-buffering: 1m
                response-buffering: 1m

                """.split(separator: "\n").map { "    \($0)\n" }.joined()))
        let ofTCP = [try #require(parts[1].split(separator: "backends:").first), parts[2][...]]
        for key in ["forwarded", "max-body", "reuse", "request-buffering"] {
            for part in ofTCP { #expect(!part.contains("\(key):"), "tcp has no \(key)") }
        }
    }

    @Test("reads back as the same configuration", arguments: lines)
    func roundTrip(line: String) throws {
        let before = try configuration(words(line))
        let arguments = try arguments(ofYAML: DumpConfig.text(of: before))
        #expect(try configuration(arguments) == before)
        // What is printed whole must not look like what was said in vain.
        if warnings(words(line)).isEmpty { #expect(warnings(arguments) == []) }
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
        var routeList = ""
        var match = ""
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let body = line.dropFirst(indent)
            if indent == 10 || (indent == 6 && list != "routes") {
                let value = unquoted(body.dropFirst(2))
                switch indent == 10 ? routeList : list {
                case "bind": arguments += ["--bind", "\(name)@\(value)"]
                case "servers": arguments += ["--server", value]
                case let list: arguments += ["--\(list)", value]
                }
                continue
            }
            let entry = indent == 6 ? body.dropFirst(2) : body
            let colon = try #require(entry.firstIndex(of: ":"))
            let key = unquoted(entry[..<colon])
            let value = unquoted(entry[entry.index(after: colon)...].drop { $0 == " " })
            switch indent {
            case 0 where value.isEmpty: section = key
            case 0: arguments += ["--\(key)", value]
            case 2:
                name = key
                list = ""
                if section == "backends" { arguments += ["--backend", name] }
            case 6: match = value
            case 8 where key == "deny": arguments += ["--route", "\(match) -> deny"]
            case 8 where ["backend", "redirect", "return"].contains(key):
                arguments += ["--route", "\(match) -> \(key)=\(value)"]
            case 8 where value.isEmpty: routeList = key
            case 8: arguments += ["--\(key)", value]
            default:
                list = value.isEmpty ? key : ""
                guard !value.isEmpty else { continue }
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
