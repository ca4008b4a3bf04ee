// What the kernel can do, less what a mask withholds.

import Testing

@testable import Engine

extension KernelTests {
    @Suite("Kernel features", .enabled(if: Machine.hasRing, Machine.ringComment))
    struct KernelFeaturesTests {
        @Test("a mask withholds what it names and nothing else", arguments: KernelFeatures.names.map(\.name))
        func one(name: String) throws {
            let all = try KernelFeatures.probe()
            let withheld = try #require(KernelFeatures.names.first { $0.name == name }?.feature)
            #expect(try KernelFeatures.probe(mask: "-\(name)") == all.subtracting(withheld))
        }

        @Test("several names withhold all of them")
        func several() throws {
            let all = try KernelFeatures.probe()
            #expect(try KernelFeatures.probe(mask: "-bundle,-multishot") == all.subtracting([.bundle, .multishot]))
            let every = KernelFeatures.names.map { "-\($0.name)" }.joined(separator: ",")
            #expect(try KernelFeatures.probe(mask: every) == [])
        }

        @Test("words that name nothing change nothing", arguments: ["", ",", "bundle", "-nothing", "--bundle", "-"])
        func unknown(mask: String) throws {
            #expect(try KernelFeatures.probe(mask: mask) == KernelFeatures.probe())
        }

        @Test("the probe leaves no descriptor behind")
        func descriptors() throws {
            let before = Descriptors.ofKernel()
            _ = try KernelFeatures.probe()
            #expect(Descriptors.areGone { Descriptors.ofKernel() - before })
        }

        @Test("features are described by their names, none by a word")
        func description() {
            #expect(KernelFeatures([.bundle, .quietSend]).description == "bundle quiet-send")
            #expect(KernelFeatures([]).description == "none")
        }
    }

    @Suite("Kernel features, withheld altogether")
    struct MaskedKernelTests {
        @Test("the whole engine can be masked, as a container's profile forbids it", arguments: ["-io_uring", "-bundle,-io_uring"])
        func wholeEngine(mask: String) {
            let error = #expect(throws: KernelFeatures.Missing.self) { try KernelFeatures.probe(mask: mask) }
            #expect(error?.reason.contains("masked") == true)
        }
    }
}
