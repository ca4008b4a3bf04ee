// The table of what may stand behind an address. From it come the parser, the manual and the
// configuration that is printed, as from the table of options.

/// The options of this version that stand behind an address.
enum InlineOptions {
    static let listener: [InlineOption<ListenerText.Settings>] = [
        InlineOption(
            key: "mode", argument: "http|tcp", field: Field(\.mode, .optional(.choice(), none: nil)),
            defaultNote: "that of --mode", help: "what the frontend speaks"),
        InlineOption(
            key: "backend", argument: "NAME", field: Field(\.backend, .optional(.name, none: nil)),
            defaultNote: "default, or the only one", help: "where its connections go"),
        InlineOption(
            key: "maxconn", argument: "N", field: Field(\.connectionsMax, .zeroIsNone(.whole(0...1 << 30))),
            defaultNote: "0: no limit of its own", help: "client connections at once on this listener"),
        InlineOption(
            key: "backlog", argument: "N", field: Field(\.backlog, .whole(1...1 << 20)),
            help: "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn"),
        InlineOption(
            key: "interface", argument: "IF", field: Field(\.interface, .optional(.interface, none: nil)),
            help: "accept from this network interface alone"),
        InlineOption(
            key: "proxy-protocol", argument: "off|v1|v2|any",
            field: Field(\.proxyProtocol, .optional(.choice(), none: "off")),
            help: "the PROXY header that connections begin with; their client is the one it names"),
        InlineOption(
            key: "proxy-from", argument: "CIDR+CIDR", field: Field(\.proxyTrusted, .networks(joinedBy: "+")),
            defaultNote: "none; a must beside proxy-protocol",
            help: "networks that may send it; peers outside them are refused"),
        InlineOption(
            key: "tfo", argument: nil, field: Field(\.hasFastOpen, .flag),
            help: "TCP fast open: data may come with the first packet"),
        InlineOption(
            key: "defer-accept", argument: nil, field: Field(\.hasDeferredAccept, .flag),
            help: "accept once a client has sent data; not for protocols where the server speaks first"),
        InlineOption(
            key: "unix-mode", argument: "MODE", field: Field(\.unixMode, .optional(.fileMode, none: nil)),
            defaultNote: "what the umask leaves", help: "permissions of the socket's file, octal: 660"),
        InlineOption(
            key: "unix-user", argument: "NAME|ID", field: Field(\.unixUser, .optional(.account, none: nil)),
            defaultNote: "that of the process", help: "who owns the socket's file"),
        InlineOption(
            key: "unix-group", argument: "NAME|ID", field: Field(\.unixGroup, .optional(.account, none: nil)),
            defaultNote: "that of the process", help: "the group of the socket's file"),
    ]

    static let server: [InlineOption<ServerText.Settings>] = [
        InlineOption(
            key: "weight", argument: "N", field: Field(\.weight, .whole(0...256)),
            help: "its share, 0 to 256; 0 takes no new connections"),
        InlineOption(
            key: "maxconn", argument: "N", field: Field(\.connectionsMax, .optional(.whole(0...1 << 30), none: nil)),
            defaultNote: "that of --server-maxconn", help: "connections at once, over all shards; 0 is no limit"),
        InlineOption(
            key: "backup", argument: nil, field: Field(\.isBackup, .flag),
            help: "takes connections only while no other server can"),
        InlineOption(
            key: "slow-start", argument: "T",
            field: Field(\.slowStartMilliseconds, .optional(.milliseconds(0...Options.durationMax), none: nil)),
            defaultNote: "that of --slow-start", help: "how long its share grows once it is back"),
        InlineOption(
            key: "disabled", argument: nil, field: Field(\.isDisabled, .flag), help: "takes no new connections"),
        InlineOption(
            key: "proxy-protocol", argument: "v1|v2",
            field: Field(\.proxyProtocol, .optional(.choice(), none: nil)), defaultNote: "none",
            help: "the PROXY header that tells it the client's address"),
        InlineOption(
            key: "redirect", argument: "URL", field: Field(\.redirect, .optional(.url, none: nil)), defaultNote: "none",
            help: "its clients are sent there, 302 or 307, instead of being served through us: URL and the URI of the request"),
    ]
}
