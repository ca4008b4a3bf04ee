// Thousands of command lines gone wrong: every one has an answer, and the same one again.

import Testing

@testable import Config

@Suite("mutated command lines")
struct MutationTests {
    static let lines =
        DumpConfigTests.lines + Manual.examples.map { $0.arguments.joined(separator: " ") } + [
            "demo --bind :1", "-tTvVh x", "-h backend", "check -b 8080 -slocalhost", "--help=bind", "--", "ctl top",
        ]

    @Test("are answered, with faults that are whole lines", arguments: [UInt64](1...8))
    func answered(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let letters = Array("0123456789abcdefghijklmnoprstuwxz-=,.:@[]/%\0\n\u{ff} _ABT\"".utf8)
        for _ in 0..<1_000 {
            let line = MutationTests.lines.randomElement(using: &generator) ?? ""
            let bytes = generator.mutated(line, letters: letters)
            var arguments = words(String(decoding: bytes, as: UTF8.self))
            if Bool.random(using: &generator) { arguments.shuffle(using: &generator) }
            let found = faults(arguments)
            #expect(found == faults(arguments), "seed \(seed)")
            for fault in found {
                #expect(fault.contains(": ") && fault.contains("; ") && !fault.contains("\n"), "seed \(seed): \(fault)")
            }
        }
    }

    @Test("every value of every option is answered", arguments: [UInt64](1...4))
    func values(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let seeds = [
            "auto", "off", "30s", "0,2-4", "16", "4k", "[::1]:80,weight=2", "a@unix:/x,maxconn=1", "", "-", "🦉",
            "host=*.a.com path=/b* path~=^/c header:X=1 -> redirect=301:https://$host/", "+X-A: b $uri", "503=/nowhere",
        ]
        let letters = Array("0123456789kmgush,-.:@[]%=/\0\u{ff}+ $>~*\n".utf8)
        for _ in 0..<100 {
            for option in Options.all where !option.isAction {
                let bytes = generator.mutated(seeds.randomElement(using: &generator) ?? "", letters: letters)
                let value = String(decoding: bytes, as: UTF8.self)
                _ = faults(valid + ["--\(option.long)=\(value)"])
                _ = faults(valid, option.variable.map { [$0: value] } ?? [:])
            }
        }
    }

    @Test("topics and variables of any name are answered", arguments: [UInt64](1...2))
    func names(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let base = (Help.topics + Options.all.map(\.long)).randomElement(using: &generator) ?? ""
            let name = String(decoding: generator.mutated(base, letters: Array("-_ aB\0\u{ff}".utf8)), as: UTF8.self)
            _ = try? Help.page(topic: name)
            _ = warnings(valid, ["SWIVEL_" + name.uppercased(): "1"])
        }
    }
}
