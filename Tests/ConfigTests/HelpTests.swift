// The manual.

import Testing

@testable import Config

@Suite("help")
struct HelpTests {
    @Test("has the sections of a manual page, in their order")
    func sections() throws {
        let headings = try Help.page(topic: nil).split(separator: "\n").filter { $0.first?.isLetter == true }
        #expect(
            headings == [
                "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "PROCESS OPTIONS", "FRONTEND OPTIONS", "ROUTE OPTIONS",
                "BACKEND OPTIONS", "RETRY OPTIONS", "TIMEOUT OPTIONS", "LIMIT OPTIONS", "WEBSOCKET OPTIONS", "LOG OPTIONS",
                "GENERAL OPTIONS", "ENVIRONMENT", "SIGNALS", "EXIT STATUS", "EXAMPLES", "TOPICS",
            ])
    }

    @Test("no line is wider than 80 columns or ends in blanks")
    func width() throws {
        for line in try Help.page(topic: nil).split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.count <= 80)
            #expect(line.last != " ")
        }
    }

    @Test("every topic is a part of the whole page", arguments: Help.topics)
    func topics(topic: String) throws {
        let page = try Help.page(topic: topic)
        #expect(page.hasSuffix("\n"))
        #expect(try Help.page(topic: nil).contains(page))
        #expect(try topic == "run" || page.count < Help.page(topic: nil).count / 2)
    }

    @Test(
        "a topic is found however it is written",
        arguments: [
            ("backend", "BACKEND"), ("exit status", "exit-status"), ("EXIT-STATUS", "exit_status"), ("bind", "--bind"),
            ("-b", "bind"), ("b", "--bind"), ("B", "-B"), ("demo", "commands"), ("run", "Run"),
        ])
    func spellings(left: String, right: String) throws {
        #expect(try Help.page(topic: left) == Help.page(topic: right))
    }

    @Test("the letter of a topic keeps its case")
    func letters() throws {
        #expect(try Help.page(topic: "-t").contains("--test"))
        #expect(try Help.page(topic: "-T").contains("--dump-config"))
    }

    @Test(
        "an unknown topic is answered with what was meant",
        arguments: [
            ("bakend", "did you mean backend?"), ("--wrokers", "did you mean workers?"),
            ("metrics", "--help names what is"),
            ("-q", "write one of \(Help.topics.joined(separator: ", "))"),
            ("", "write one of \(Help.topics.joined(separator: ", "))"),
        ])
    func unknown(topic: String, remedy: String) {
        let fault = #expect(throws: ValueFault.self) { try Help.page(topic: topic) }
        #expect(fault?.remedy == remedy)
    }

    @Test("a verb with --help is answered with its part")
    func verbs() throws {
        let part = try Help.page(topic: "demo")
        #expect(try Invocation.parse(arguments: ["demo", "--help"], environment: [:]) == .help(part))
        #expect(try Invocation.parse(arguments: ["--help", "demo"], environment: [:]) == .help(part))
    }

    @Test("every example is a good command line", arguments: Manual.examples.indices)
    func examples(index: Int) {
        let example = Manual.examples[index]
        #expect(faults(example.arguments, example.variables) == [])
        #expect(warnings(example.arguments, example.variables) == [])
    }

    @Test("an example is printed as a shell takes it")
    func shell() {
        let example = Manual.Example(
            text: "", variables: ["B": "x y", "A": "z"], arguments: ["demo", "--bind", ":1", "-t", "-w", "2"])
        #expect(Help.commandLine(of: example) == ["A=z", "B='x y'", "swivel", "demo", "--bind :1", "-t", "-w 2"])
    }

    @Test("lines break between words, and long words stand alone")
    func wrapping() {
        let long = String(repeating: "x", count: 90)
        #expect(TextWrap.wrap("a \(long) b", indent: 2) == "  a\n  \(long)\n  b\n")
        let full = String(repeating: "y", count: 76)
        #expect(TextWrap.wrap("\(full) z", indent: 2) == "  \(full) z\n")
        #expect(TextWrap.wrap("\(full)y z", indent: 2) == "  \(full)y\n  z\n")
        #expect(TextWrap.wrap(["a", "b c"], indent: 0, hanging: 4) == "a b c\n")
    }
}
