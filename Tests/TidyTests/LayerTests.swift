// Who may know whom: the modules of the package, and the floors inside Engine.

import Testing

@Suite("Layers")
struct LayerTests {
    /// What each module may import of ours, after the map in the README.
    private static let allowed: [(folder: String, modules: Set<String>)] = [
        ("Sources/Codecs", ["CScan"]),
        ("Sources/Balancing", []),
        ("Sources/Config", ["Codecs", "Balancing"]),
        ("Sources/Engine", ["CLiburing", "CLinux", "Codecs", "Balancing", "Config"]),
        ("Sources/Control", ["CLinux", "COpenSSL", "Codecs", "Config", "Engine"]),
        ("Sources/swivel", ["CLinux", "Codecs", "Balancing", "Config", "Control", "Engine"]),
    ]
    private static let system: Set<String> = ["Glibc", "Synchronization"]

    @Test("a module imports only what stands below it, and neither Foundation nor Dispatch", arguments: allowed.indices)
    func modules(index: Int) {
        let (folder, modules) = Self.allowed[index]
        let files = Package.files(below: folder, endingIn: ".swift")
        #expect(!files.isEmpty)
        for file in files {
            let strangers = file.imports.filter { !modules.contains($0) && !Self.system.contains($0) }
            #expect(strangers.isEmpty, "\(file.path)")
        }
    }

    @Test("only Engine/IO knows CLiburing")
    func liburing() {
        let knowing = Package.files(below: "Sources", endingIn: ".swift").filter { $0.imports.contains("CLiburing") }
        #expect(!knowing.isEmpty)
        for file in knowing { #expect(file.path.hasPrefix("Sources/Engine/IO/"), "\(file.path)") }
    }

    @Test("the shim's public header includes what Swift can see beside Glibc, and no more")
    func header() throws {
        let header = try #require(Package.read("CLiburing/include/CLiburing.h"))
        let included = header.split(separator: "\n").filter { $0.hasPrefix("#include") }
        #expect(Set(included) == ["#include <linux/io_uring.h>", "#include <stddef.h>", "#include <stdint.h>"])
    }

    /// Lowest first. A floor names no type of a higher one.
    private static let floors = ["Memory", "IO", "Time", "Relay", "HTTP", "Servers", "Log", "Shard"]

    @Test("a lower floor of Engine names no type of a higher one")
    func engineFloors() {
        var declaredOn: [String: Int] = [:]
        for (floor, name) in Self.floors.enumerated() {
            for file in Package.files(below: "Sources/Engine/\(name)", endingIn: ".swift") {
                for type in file.declaredTypes { declaredOn[type] = min(declaredOn[type] ?? .max, floor) }
            }
        }
        // Nested names that several floors use for themselves say nothing of who knows whom.
        #expect(declaredOn["Shard"] == Self.floors.count - 1)
        var breaches: [String] = []
        for (floor, name) in Self.floors.enumerated() {
            for file in Package.files(below: "Sources/Engine/\(name)", endingIn: ".swift") {
                let own = Set(file.declaredTypes)
                for (word, line) in file.words where !own.contains(String(word)) {
                    if let place = declaredOn[String(word)], place > floor {
                        breaches.append("\(file.path):\(line) names \(word) of \(Self.floors[place])")
                    }
                }
            }
        }
        #expect(breaches.isEmpty, "\(breaches.joined(separator: "\n"))")
    }

    @Test("no type bears its module's name")
    func moduleNames() {
        for (folder, _) in Self.allowed {
            let module = String(folder.split(separator: "/").last!)
            let namesakes = Package.files(below: folder, endingIn: ".swift").filter { file in
                // Nested ones are reached through their owner.
                file.lines.contains { line in
                    ["struct", "class", "enum", "protocol"].contains { line.hasPrefix("public \($0) \(module) ") || line.hasPrefix("\($0) \(module) ") }
                }
            }
            #expect(namesakes.isEmpty, "\(namesakes.map(\.path))")
        }
    }
}
