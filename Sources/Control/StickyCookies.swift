// What sticky cookies say of each server: computed once at start, so that requests are compared with a table and
// nothing is signed or checked while they wait.
// Knows secrets and names. Knows nothing of requests.

internal import COpenSSL
public import Config
internal import Glibc

public enum StickyCookies {
    /// A secret has at least so many bytes: 2^128 of them are more than anyone tries.
    public static let secretBytesMin = 16
    /// More is some other file.
    static let secretBytesMax = 4_096

    /// The same configuration with the cookie's value of every server whose backend has `--sticky cookie:NAME`:
    /// nobody without the secret can make one up, and every host with it makes the same. Where no secret was given,
    /// which validation warns of, this process has its own.
    ///
    /// - Throws: with exit code 65 where a secret cannot be read, or is too short.
    public static func fill(_ configuration: Configuration) throws(ControlError) -> Configuration {
        var filled = configuration
        let own = ownSecret()
        for place in filled.backends.indices {
            let backend = filled.backends[place]
            guard case .cookie = backend.sticky else { continue }
            let secret = if let path = backend.stickySecretFile { try read(path) } else { own }
            for server in backend.servers.indices {
                filled.backends[place].servers[server].cookieValue = value(
                    secret: secret, backend: backend.name, server: backend.servers[server].name)
            }
        }
        return filled
    }

    /// base64url of the first 24 bytes of HMAC-SHA256 over `swivel-sticky`, the backend's name and the server's,
    /// with a zero byte between them: 32 characters, none of which a cookie must quote.
    ///
    /// - SeeAlso: RFC 2104; RFC 4648 section 5; RFC 6265 section 4.1.1 (what a value may hold).
    static func value(secret: [UInt8], backend: String, server: String) -> String {
        let message = Array("swivel-sticky\u{0}\(backend)\u{0}\(server)".utf8)
        // SHA-256's 32 bytes are what is written there.
        var digest = [UInt8](repeating: 0, count: 32)
        let made = unsafe HMAC(EVP_sha256(), secret, Int32(secret.count), message, message.count, &digest, nil)
        unsafe precondition(made != nil, "SHA-256 is in every libcrypto")
        return base64URL(digest[..<24])
    }

    /// - Parameter bytes: a multiple of three, so that nothing is padded.
    private static func base64URL(_ bytes: ArraySlice<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var (text, bits, bitCount) = ([UInt8](), 0, 0)
        for byte in bytes {
            (bits, bitCount) = (bits << 8 | Int(byte), bitCount + 8)
            while bitCount >= 6 {
                bitCount -= 6
                text.append(alphabet[bits >> bitCount & 63])
            }
            bits &= 1 << bitCount - 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Drawn by the kernel, and forgotten with the process.
    private static func ownSecret() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// A file's bytes without the newline at their end, which editors put there.
    private static func read(_ path: String) throws(ControlError) -> [UInt8] {
        // A FIFO without a writer would hold the start up for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: secretBytesMax + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(descriptor, room.baseAddress! + count, room.count - count)
            }
            guard got >= 0 else { throw unreadable(path) }
            if got == 0 { break }
            count += got
        }
        var secret = Array(bytes[..<count])
        if secret.last == UInt8(ascii: "\n") { secret.removeLast() }
        if secret.last == UInt8(ascii: "\r") { secret.removeLast() }
        guard secret.count >= secretBytesMin, count <= secretBytesMax else {
            let size = count > secretBytesMax ? "more than \(secretBytesMax)" : "\(secret.count)"
            throw ControlError(
                "--sticky-secret \(path) has \(size) bytes; a secret has \(secretBytesMin) to \(secretBytesMax), "
                    + "as 'openssl rand -hex 32' makes one", exitCode: 65)
        }
        return secret
    }

    private static func unreadable(_ path: String) -> ControlError {
        let failure = ControlError("--sticky-secret \(path) cannot be read", errno: errno, remedy: "name one of random bytes")
        return ControlError(failure.message, exitCode: 65)
    }
}
