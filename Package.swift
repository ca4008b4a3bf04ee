// swift-tools-version: 6.2
// What stands where, and who may know whom, is drawn in README.md.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
// Everything outside the data plane takes its bytes as Span and says `unsafe` where it cannot.
let safe = strict + [.strictMemorySafety()]

let package = Package(
    name: "swivel",
    products: [
        .executable(name: "swivel", targets: ["swivel"]),
        .executable(name: "swivel-load", targets: ["swivel-load"]),
    ],
    targets: [
        // Only for `-luring` and the hint at the Debian package: Swift never imports it.
        .systemLibrary(
            name: "CUringSystem", path: "Sources/CUringSystem", pkgConfig: "liburing",
            providers: [.apt(["liburing-dev"])]),
        // libcrypto, for Control alone.
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLiburing", dependencies: ["CUringSystem"], path: "CLiburing"),
        .target(name: "CLinux", path: "Sources/CLinux"),
        .target(name: "CScan", path: "Sources/CScan"),

        .target(name: "Codecs", dependencies: ["CScan"], path: "Sources/Codecs", swiftSettings: safe),
        .target(name: "Balancing", path: "Sources/Balancing", swiftSettings: strict),
        .target(name: "Config", dependencies: ["Codecs", "Balancing"], path: "Sources/Config", swiftSettings: safe),
        .target(
            name: "Engine", dependencies: ["CLiburing", "CLinux", "Codecs", "Balancing", "Config"],
            path: "Sources/Engine", swiftSettings: strict),
        .target(
            name: "Control", dependencies: ["CLinux", "COpenSSL", "Codecs", "Config", "Engine"], path: "Sources/Control",
            swiftSettings: safe),
        .executableTarget(
            name: "swivel", dependencies: ["CLinux", "Codecs", "Balancing", "Config", "Control", "Engine"],
            path: "Sources/swivel", swiftSettings: strict),

        .executableTarget(
            name: "swivel-pick", dependencies: ["Balancing"], path: "perf/pick", swiftSettings: strict),
        .executableTarget(
            name: "swivel-load", path: "perf/load", cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]),

        // Counts allocations in optimised code: a program of its own, as its malloc is the whole process's.
        .target(
            name: "CAllocationCounter", path: "Tests/Support/CAllocationCounter", cSettings: [.unsafeFlags(["-fno-builtin"])]),
        .executableTarget(
            name: "swivel-allocations", dependencies: ["CAllocationCounter", "Codecs", "Config", "Engine"],
            path: "Tests/Allocations", swiftSettings: strict),

        .testTarget(name: "CodecsTests", dependencies: ["Codecs", "CScan"], swiftSettings: strict),
        .testTarget(name: "BalancingTests", dependencies: ["Balancing"], swiftSettings: strict),
        .testTarget(name: "ConfigTests", dependencies: ["Config", "Codecs", "Balancing"], swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["Engine", "Config", "Codecs", "Balancing", "CLinux", "CLiburing"],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Engine", "Config", "Codecs", "Balancing"], swiftSettings: strict),
        .testTarget(name: "ControlTests", dependencies: ["Control", "Config"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    cLanguageStandard: .gnu11
)
