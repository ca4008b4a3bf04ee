// `swivel --build-info`: what this program is, and what this kernel lets it do.

internal import CLinux
internal import Engine
internal import Glibc

enum BuildInfo {
    static func print(_ environment: [String: String]) {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        Swift.print("swivel \(Main.version)")
        Swift.print("kernel \(release)")
        do throws(KernelFeatures.Missing) {
            let features = try KernelFeatures.probe(mask: environment[Run.featureMaskVariable] ?? "")
            Swift.print("engine io_uring")
            for (name, feature) in KernelFeatures.names { Swift.print("  \(name): \(features.contains(feature) ? "yes" : "no")") }
        } catch {
            Swift.print("engine epoll (\(error.reason))")
        }
        Swift.print("layers tcp, http (HTTP/1.1); TLS and HTTP/2 are not built yet")
    }
}
