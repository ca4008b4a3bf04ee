// What should not be left in the files: open ends, paths of a machine, links that lead nowhere.

import Testing

@Suite("Leftovers")
struct LeftoverTests {
    private static let folders = ["Sources", "CLiburing", "Tests", "perf", "scripts", "docs"]
    private static let endings = [".swift", ".c", ".h", ".py", ".md", ".sh"]

    private static var everything: [SourceFile] {
        folders.flatMap { folder in endings.flatMap { Package.files(below: folder, endingIn: $0) } }
    }

    @Test("nothing is left open in the code")
    func open() {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in Self.everything {
            for mark in marks { #expect(!file.text.contains(mark), "\(file.path)") }
        }
    }

    @Test("no file names a path of the machine it was written on")
    func machinePaths() {
        for file in Self.everything {
            for place in ["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/"] {
                #expect(!file.text.contains(place), "\(file.path) names \(place)")
            }
        }
    }

    @Test("every source file says first what lives in it, and is short enough for one sitting")
    func headers() {
        let files = Package.files(below: "Sources", endingIn: ".swift")
        #expect(files.count > 50)
        for file in files {
            #expect(file.text.hasPrefix("// "), "\(file.path)")
            #expect(file.lines.count <= 400, "\(file.path)")
        }
    }

    @Test("links between the documents lead somewhere")
    func links() throws {
        var documents = ["README.md", "CHANGELOG.md"].compactMap { path in Package.read(path).map { SourceFile(path: path, text: $0) } }
        documents += Package.files(below: "docs", endingIn: ".md") + Package.files(below: "perf", endingIn: ".md")
        #expect(documents.count >= 3)
        for document in documents {
            let folder = document.path.split(separator: "/").dropLast().joined(separator: "/")
            for piece in document.text.split(separator: "](").dropFirst() {
                let target = piece.prefix { $0 != ")" && $0 != "#" }
                guard !target.isEmpty, !target.contains("://") else { continue }
                let path = folder.isEmpty ? String(target) : "\(folder)/\(target)"
                let exists = Package.read(path) != nil || !Package.files(below: path, endingIn: "").isEmpty
                #expect(exists, "\(document.path) links to \(target)")
            }
        }
    }
}
