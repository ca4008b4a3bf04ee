// Routes that are refused or warned of, and what is said of each.

import Testing

@Suite("faults of routes")
struct RouteFaultTests {
    private func faults(ofRoute text: String) -> [String] {
        faults(validHTTP + ["--route", text])
    }

    private func faults(_ arguments: [String]) -> [String] { ConfigTests.faults(arguments) }

    @Test(
        "of conditions",
        arguments: [
            ("hosst=a", "\"hosst=a\" is no condition; did you mean host?"),
            ("url=a", "\"url=a\" is no condition; write host=NAME path=/PATH"),
            ("Path_beg=/a", "\"Path_beg=/a\" is no condition; write path=/PREFIX*"),
            ("hdr(X)=1", nil), ("*", "\"*\" is no condition; write path=* for every request"),
            ("/api/*", "\"/api/*\" is no condition; write path=/api/*"),
            ("host", "host has no value; write host=NAME"), ("path~=", "path~ has no value; write path~=REGEX"),
            ("host=*", "\"*\" is every host; leave it out, or write path=* alone"),
            ("host=a.com:80", "\"a.com:80\" has a port, and hosts are compared without; write host=a.com"),
            ("host=a.com/x", "\"a.com/x\" is no host; write the host alone, and path=/PATH beside it"),
            (
                "host=a.*.com",
                "\"a.*.com\" has a * that does not stand for everything below a host; write host=*.example.com"
            ),
            ("host=bücher.de", "\"bücher.de\" is not as requests have it; write its ASCII form, which begins with xn--"),
            ("host=a..b", "\"a..b\" is no host; write one like host=a.example.com or host=*.example.com"),
            ("host=*.", "\"*.\" is no host; write one like host=a.example.com or host=*.example.com"),
            ("path=api", "\"api\" does not begin with a slash; write path=/api"),
            ("path=/a?b=c", "\"/a?b=c\" is more than a path; write path=/a, and query:NAME=VALUE beside it"),
            ("path=/a/*/b", "\"/a/*/b\" has a * that is not its end; write an expression, as in path~=^/[^/]+/name$"),
            (
                "path=/a//b",
                "\"/a//b\" matches nothing: paths are compared without //, /./ and /../; write the path without them"
            ),
            ("path=//", "\"//\" matches nothing: paths are compared without //, /./ and /../; write the path without them"),
            (
                "path=/a%2f..%2Fb/*",
                "\"/a%2f..%2Fb/*\" matches nothing: paths are compared without //, /./ and /../; write the path without them"
            ),
            (
                "path=/a/..",
                "\"/a/..\" matches nothing: paths are compared without //, /./ and /../; write the path without them"
            ),
            ("path=/%4", "\"/%4\" has a % without two digits behind it; write %25 for the sign itself"),
            ("path=/%+1", "\"/%+1\" has a % without two digits behind it; write %25 for the sign itself"),
            ("path=/%ff", "\"/%ff\" holds bytes that are no text; write an expression: path~=REGEX"),
            ("path=/%00", "\"/%00\" holds bytes that are no text; write an expression: path~=REGEX"),
            ("method=get", "methods are in capitals, and \"get\" is none; write method=GET"),
            ("method=GET,PUT", "\"GET,PUT\" is no method; write each by itself: method=GET method=POST"),
            ("header:=1", "header has no name; write header:X-Version or header:X-Version=2"),
            ("header:a@b", "\"a@b\" is no name of a field; write header:X-Version or header:X-Version=2"),
            ("header=X", "\"header=X\" is no condition; write header:NAME=VALUE"),
            (
                "query:=1", "query has no name; write query:k or query:k=v, each by itself, and other letters as %XX"
            ),
            (
                "query:a=1&b=2",
                "\"a=1&b=2\" is no parameter as a request has it; write query:k or query:k=v, each by itself, and other letters as %XX"
            ),
            ("src=10.0.0.1/8", "10.0.0.1/8 has host bits set; write 10.0.0.0/8, or 10.0.0.1 for that address alone"),
            ("src=all", "\"all\" is no network; write 0.0.0.0/0 for every IPv4 address, ::/0 for every IPv6 address"),
            (
                "upgrade=h2c",
                "requests in an h2c tunnel would pass every route unseen; leave it out: such a request is answered by HTTP/1.1"
            ),
            (
                "upgrade=H2C",
                "requests in an h2c tunnel would pass every route unseen; leave it out: such a request is answered by HTTP/1.1"
            ),
            ("upgrade=a,b", "\"a,b\" is no protocol; write one like upgrade=websocket"),
            ("upgrade=a upgrade=b", "upgrade is given twice; write a route for each protocol"),
        ] as [(String, String?)])
    func condition(match: String, expected: String?) {
        let found = faults(ofRoute: "\(match) -> deny")
        #expect(found.count == 1)
        if let expected { #expect(found == ["--route: \(expected)"]) }
    }

    @Test(
        "expressions that do not compile, or that a table cannot be made of",
        arguments: ["(a", "a**", "[z-a]", "(a)\\1", "(?=a)", "a+?", "(?<!a)b", "[^/]{1,9999}"])
    func expression(pattern: String) {
        let found = faults(ofRoute: "path~=\(pattern) -> deny")
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasPrefix("--route: \"\(pattern)\" does not compile") })
    }

    @Test(
        "of targets",
        arguments: [
            (
                "",
                "nothing stands behind ->; write one of backend=NAME, redirect=STATUS:URL, redirect=https, return=STATUS[:FILE], deny"
            ),
            ("default", "\"default\" is no target; write backend=default"),
            ("bakend=a", "\"bakend=a\" is no target; did you mean backend?"),
            ("proxy_pass=http://a", "\"proxy_pass=http://a\" is no target; write backend=NAME"),
            ("backend", "backend has no value; write backend=NAME"),
            ("backend=a b", "\"backend=a b\" is more than one target; write one"),
            ("backend=a/b", "\"a/b\" is no name; write 1 to 64 letters, digits, dots, hyphens or underscores"),
            ("backend=defalt", "there is no backend \"defalt\"; did you mean default?"),
            ("backend=web", "there is no backend \"web\"; add --backend web with its servers"),
            ("redirect", "redirect has no value; write redirect=STATUS:URL or redirect=https"),
            ("redirect=https://a", "\"https://a\" does not say with which status; write redirect=302:URL, or 301, 307, 308"),
            ("redirect=303:/a", "303 is no status of a redirect; write 301, 302, 307 or 308"),
            ("redirect=301", "redirect=301 does not say where to; write redirect=301:https://$host$request_uri"),
            (
                "redirect=301:a.com",
                "\"a.com\" has neither a scheme nor a path; write one like https://$host$request_uri or /path"
            ),
            (
                "redirect=301:ftp://a",
                "\"ftp://a\" has neither a scheme nor a path; write one like https://$host$request_uri or /path"
            ),
            (
                "redirect=301:$host/",
                "\"$host/\" has neither a scheme nor a path; write one like https://$host$request_uri or /path"
            ),
            ("redirect=301:https://", "\"https://\" has no host; write one like https://$host$request_uri"),
            ("redirect=301:https://$uri", "\"https://$uri\" has no host; write one like https://$host$request_uri"),
            ("redirect=301:http:///a", "\"http:///a\" has no host; write one like https://$host$request_uri"),
            ("redirect=301:$scheme", "\"$scheme\" has nothing behind its scheme; write $scheme://$host$request_uri"),
            ("redirect=301://a.com", "\"//a.com\" has no scheme; write https://a.com"),
            (
                "redirect=301:$request_uri",
                "\"$request_uri\" may begin with //, and then names a host that a stranger chose; write https://$host$request_uri"
            ),
            (
                "redirect=301:/$uri",
                "\"/$uri\" may begin with //, and then names a host that a stranger chose; write https://$host$request_uri"
            ),
            (
                "redirect=302:/$args",
                "\"/$args\" may begin with //, and then names a host that a stranger chose; write https://$host$request_uri"
            ),
            (
                "redirect=302:https://x.com$args",
                "in \"https://x.com$args\" a stranger may write on at the host; write a / or a ? behind the host"
            ),
            (
                "redirect=302:https://$host$args",
                "in \"https://$host$args\" a stranger may write on at the host; write a / or a ? behind the host"
            ),
            (
                "redirect=302:$scheme://$host:81$args/",
                "in \"$scheme://$host:81$args/\" a stranger may write on at the host; write a / or a ? behind the host"
            ),
            ("redirect=301:/a\"b", "\"/a\"b\" has letters that no URL has; write them as %XX"),
            ("redirect=301:/ü", "\"/ü\" has letters that no URL has; write them as %XX"),
            ("redirect=301:/$hots", "\"$hots\" is no variable; did you mean $host?"),
            ("redirect=301:/$http_host", "\"$http_host\" is no variable; write $host"),
            ("redirect=301:/${host}", "a variable has no braces here; write $host"),
            (
                "redirect=301:/$",
                "a $ is not followed by the name of a variable; write $host, $request_uri, $uri, $args, $scheme, $remote_addr, $request_id or $server_name, or $$ for a dollar"
            ),
            ("return", "return has no value; write return=STATUS[:FILE]"),
            ("return=199", "\"199\" is no status of an answer; write 200 to 599, as in return=404"),
            ("return=600", "\"600\" is no status of an answer; write 200 to 599, as in return=404"),
            ("return=404:", "nothing stands behind the colon; write return=404:FILE, or return=404"),
            ("return=204:/dev/null", "an answer 204 has no body; write return=204, or return=200:FILE"),
            ("deny=403", "deny takes no value; write deny, or return=STATUS"),
            ("reject", "\"reject\" is no target; write deny"),
        ])
    func target(text: String, expected: String) {
        #expect(faults(ofRoute: "path=/a -> \(text)") == ["--route: \(expected)"])
    }

    @Test(
        "a redirect whose host ends before what a stranger writes is good",
        arguments: [
            "https://x.com?$args", "https://x.com#$args", "https://x.com/$args", "https://$host:8443$request_uri",
            "http://$remote_addr.$server_name/$request_id", "$scheme://$host.b.com$uri?$args", "/a$args", "/?$args", "/a/$uri",
            "/$host$uri", "/$request_id", "https://x.$scheme.com/$args",
        ])
    func goodRedirect(url: String) {
        #expect(faults(ofRoute: "path=/a -> redirect=302:\(url)") == [])
    }

    @Test("of the whole")
    func whole() {
        let example = "write 'host=a.com path=/api/* -> backend=NAME'"
        #expect(faults(ofRoute: "path=/a") == ["--route: \"path=/a\" has no target; \(example)"])
        #expect(faults(ofRoute: "path=/a->deny") == ["--route: \"path=/a->deny\" has no blanks around ->; \(example)"])
        #expect(faults(ofRoute: "-> deny").count == 1)
        #expect(faults(ofRoute: "path=/a\u{7} -> deny").count == 1)
        // Every fault of a route is told, with its number where there are several.
        let found = faults(validHTTP + ["-r", "path=/ -> deny", "-r", "path=a host=b:1 -> dny"])
        #expect(found.map { $0.prefix(10) } == ["--route #2", "--route #2", "--route #2"])
    }

    @Test("a route that was refused is one fault, whatever else it would have been needed for")
    func noCascade() {
        #expect(
            faults(words("--bind :1 -r 'pat=/a -> backend=b' --backend a --server a:1 --backend b --server b:1")).count == 1)
        #expect(faults(words("--bind :1 -r 'pat=/a -> redirect=https'")).count == 1)
        #expect(warnings(words("--bind :1 -r 'pat=/a -> backend=b' --server a:1 --backend b --server b:1")) == [])
    }

    @Test("compare at most 16 different fields a frontend", arguments: [16, 17])
    func headers(count: Int) {
        let flags = (1...count).flatMap { ["--route", "header:X-\($0) header:x-1=2 -> deny"] }
        let expected =
            "--route #17: the routes of frontend \"default\" have more than 16 different fields; write conditions of fewer fields"
        #expect(faults(validHTTP + flags) == (count == 16 ? [] : [expected]))
    }

    @Test(
        "warns of routes that are never reached",
        arguments: [
            (
                "-r 'path=* -> deny' -r 'path=/a -> deny'",
                "--route #2: is never reached: --route #1 takes every request; put it before that one"
            ),
            (
                "-r 'path=/* -> deny' -r 'path=/a -> deny'",
                "--route #2: is never reached: --route #1 takes every request; put it before that one"
            ),
            (
                "-r 'host=a.com path=/a -> deny' -r 'path=/a host=A.com -> redirect=https'",
                "--route #2: is never reached: --route #1 has the same conditions; leave it out"
            ),
        ])
    func unreached(line: String, expected: String) {
        #expect(faults(validHTTP + words(line)) == [])
        #expect(warnings(validHTTP + words(line)) == [expected])
        // Said for two frontends it is told once.
        let both = words(line) + words("--bind a@:1 --bind b@:2 --server s:1")
        #expect(warnings(both) == [expected])
    }

    @Test(
        "does not warn of others",
        arguments: [
            "-r 'path=* method=GET -> deny' -r 'path=/a -> deny'", "-r 'path=/* host=a.com -> deny' -r 'path=/a -> deny'",
            "-r 'path=/a -> deny' -r 'path=* -> deny'",
        ])
    func reached(line: String) {
        #expect(warnings(validHTTP + words(line)) == [])
    }

    @Test("a redirect to https takes every request where no proxy can say that a client came by it")
    func unreachedBehindHTTPS() {
        let line = words("-r 'path=* -> redirect=https' -r 'path=* -> deny'")
        let expected = ["--route #2: is never reached: --route #1 takes every request; put it before that one"]
        #expect(warnings(validHTTP + line) == expected)
        #expect(warnings(validHTTP + words("--trusted-proxies 10.0.0.1") + line) == [])
    }

    @Test("has no effect in tcp mode")
    func tcp() {
        #expect(
            warnings(valid + ["-r", "path=/a -> deny", "-r", "path=/a -> deny"]) == [
                "--route #2: has no effect: frontend \"default\" speaks tcp; leave it out, or write --mode http"
            ])
        // What it names is needed by nobody, but has to be there for a mode to be changed.
        #expect(faults(valid + ["-r", "path=/a -> backend=b"]) == [])
    }
}
