// The command line taken apart.

import Testing

@testable import Config

@Suite("flags")
struct FlagsTests {
    private func settings(_ arguments: [String]) -> [String] {
        Flags(arguments).settings.map { "\($0.option.long)=\($0.value)" }
    }

    @Test(
        "every way to give a value is the same",
        arguments: [["--bind", ":80"], ["--bind=:80"], ["-b", ":80"], ["-b:80"], ["-b=:80"]])
    func spellings(arguments: [String]) {
        #expect(settings(arguments) == ["bind=:80"])
    }

    @Test("keeps the order of what is given")
    func order() {
        let line = words("-s a:1 --retries 1 -b :1 -s b:1 --retries=2")
        #expect(settings(line) == ["server=a:1", "retries=1", "bind=:1", "server=b:1", "retries=2"])
    }

    @Test("letters without values may stand together")
    func together() {
        #expect(Flags(["-tV"]).actions == [.test, .buildInfo])
        #expect(Flags(["-tTvV"]).actions == [.test, .dumpConfiguration, .version, .buildInfo])
        let flags = Flags(["-tb:80"])
        #expect(flags.actions == [.test])
        #expect(flags.settings.map(\.value) == [":80"])
    }

    @Test("nothing behind two hyphens is a flag")
    func ended() {
        let flags = Flags(["-t", "--", "--bind", "x", "--"])
        #expect(flags.words == ["--bind", "x", "--"])
        #expect(flags.settings.isEmpty)
    }

    @Test(
        "a hyphen alone, and a negative number, are values",
        arguments: [["--access-logfile", "-"], ["--retries", "-1"]])
    func values(arguments: [String]) {
        #expect(settings(arguments) == ["\(arguments[0].dropFirst(2))=\(arguments[1])"])
    }

    @Test("a value may hold an equals sign")
    func equals() {
        #expect(settings(["--server=a:1,weight=2"]) == ["server=a:1,weight=2"])
        #expect(settings(["--server", "a:1,weight=2"]) == ["server=a:1,weight=2"])
    }

    @Test(
        "a flag without its value is refused, and the next flag is not taken for it",
        arguments: [
            ["--bind", "--mode", "tcp"], ["-b", "-w1", "--mode", "tcp"], ["--bind=", "--mode", "tcp"],
            ["--mode", "tcp", "--bind"],
        ])
    func valueMissing(arguments: [String]) {
        let flags = Flags(arguments)
        #expect(flags.diagnostics.map(\.description) == ["--bind: has no value; write --bind [NAME@]ADDR[,OPTION...]"])
        #expect(flags.settings.contains { $0.option.long == "mode" && $0.value == "tcp" })
    }

    @Test("a flag that takes no value is refused one")
    func valueTooMuch() {
        let found = Flags(["--test=yes"]).diagnostics.map(\.description)
        #expect(found == ["--test: takes no value, and has \"yes\"; write --test"])
    }

    @Test(
        "an unknown flag is answered with what was meant",
        arguments: [
            ("--wrokers=2", "--wrokers: unknown option; did you mean --workers?"),
            ("--Bind=:1", "--Bind: unknown option; did you mean --bind?"),
            ("--half-close=1s", "--half-close: unknown option; did you mean --timeout-half-close?"),
            ("--nofile=1", "--nofile: unknown option; did you mean --rlimit-nofile?"),
            ("--listen=:1", "--listen: unknown option; write --bind ADDR"),
            ("--worker-connections=1", "--worker-connections: unknown option; write --maxconn N"),
            ("--xyzzy", "--xyzzy: unknown option; swivel --help names them all"),
            ("--=x", "--\"\": unknown option; swivel --help names them all"),
            ("-S", "-S: unknown option; did you mean -s?"), ("-n5", "-n: unknown option; write --maxconn N"),
            ("-q", "-q: unknown option; swivel --help names them all"), ("-?", "-?: unknown option; write --help"),
            ("-workers=2", "-workers: long options have two hyphens; write --workers"),
            ("--\u{1b}[31m", "--\"\\u{1b}[31m\": unknown option; swivel --help names them all"),
        ])
    func unknown(argument: String, expected: String) {
        #expect(Flags([argument]).diagnostics.map(\.description) == [expected])
    }

    @Test("what is still to come is not taken for a slip", arguments: Planned.options)
    func planned(name: String) {
        #expect(Options.named(name) == nil, "a name leaves the list when it arrives")
        let flags = Flags(["--\(name)", "value"])
        #expect(flags.diagnostics.map(\.description) == ["--\(name): is not part of this version; leave it out"])
        #expect(flags.words == [], "its value is not a second fault")
    }

    @Test("so are its letters", arguments: Planned.letters.keys.sorted())
    func plannedLetters(letter: Character) {
        #expect(Options.lettered(letter) == nil)
        let found = Flags(["-\(letter)", "value"]).diagnostics.map(\.problem)
        #expect(found == ["is not part of this version"])
    }

    @Test(
        "the value of an unknown flag is not a second fault",
        arguments: [["--bnd", ":80"], ["-q", "x"], ["-workers", "2"]])
    func oneSlip(arguments: [String]) {
        let flags = Flags(arguments)
        #expect(flags.diagnostics.count == 1)
        #expect(flags.words == [])
    }

    @Test("places are numbered where there are several")
    func places() {
        #expect(Flags(words("-b :1 -s a:1 -s b:1")).settings.map(\.place) == ["--bind", "--server #1", "--server #2"])
    }

    @Test("help takes a topic or none")
    func help() {
        #expect(Flags(["-h", "backend"]).helpTopic == "backend")
        #expect(Flags(["--help=bind"]).helpTopic == "bind")
        #expect(Flags(["-hbind"]).helpTopic == "bind")
        #expect(Flags(["-h", "-t"]).helpTopic == nil)
        #expect(Flags(["-h"]).actions == [.help])
    }
}
