// Whether connections can come from where an operator wants them to, asked once at start.

internal import CLinux
internal import Codecs
internal import Config
internal import Glibc

enum SourceTrial {
    /// Binds a socket to each of the backend's source addresses, and closes it again.
    static func run(_ backend: Backend) throws(SetupError) {
        for source in [backend.source.ipv4, backend.source.ipv6] {
            guard let source else { continue }
            let native = NativeAddress(source)
            let descriptor = swivel_socket(native.family, 1)
            let result = descriptor < 0 ? descriptor : SocketOptions.bindSource(descriptor, native)
            if descriptor >= 0 { close(descriptor) }
            guard result < 0 else { continue }
            let host = HostAddress(source).map { "\($0)" } ?? "\(source)"
            throw SetupError(
                .systemError, "cannot connect from --source \(host)", errno: -result,
                advice: "name an address of this host: see 'ip address'")
        }
    }
}
