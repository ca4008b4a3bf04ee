// The formats of the access log by name. What they look like stands in a file each.

/// How an access log line is written.
public enum HTTPLogFormat: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// NCSA's, as nginx and Apache write it.
    case combined
    /// `combined` without referrer and user agent.
    case common
    /// `combined` after `host:port`, as Debian's Apache writes it.
    case vcombined
    /// HAProxy's httplog.
    case haproxy
    /// One flat object.
    case json
}
