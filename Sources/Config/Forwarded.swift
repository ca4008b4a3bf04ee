// Which fields tell a server who asked, and how.

extension Frontend {
    /// What `--forwarded` says.
    public enum Forwarded: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        /// X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.
        case xff
        /// Forwarded (RFC 7239).
        case rfc7239
        case both, off
    }
}
