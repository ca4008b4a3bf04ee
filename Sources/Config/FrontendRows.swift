// Rows of the table of options: what belongs to a frontend.

extension Options {
    static let frontend: [Option] = [
        Option(
            long: "bind", short: "b", argument: "[NAME@]ADDR[,OPTION...]", group: .frontend, binding: .listener,
            defaultNote: "required",
            help: """
                Where to listen; repeat for more. ADDR is HOST:PORT with a numeric host, :PORT (every \
                address, 0.0.0.0 and [::]), [V6]:PORT (IPv6 alone) or unix:/PATH; port 0 takes a free \
                one. Listeners of one NAME are one frontend, and so are those without a NAME whose \
                options agree: the first such frontend is "default", the second "frontend-2".
                """),
        Option(
            long: "mode", argument: "http|tcp", group: .frontend,
            binding: .frontend(Field(\.mode, .choice())),
            help: """
                What a frontend speaks: requests are balanced one by one in http, whole connections, byte for \
                byte, in tcp.
                """),
        Option(
            long: "maxconn", argument: "N|auto", group: .frontend,
            binding: .process(Field(\.connectionsMax, .optional(.whole(1...connectionsMax), none: "auto"))),
            defaultNote: "auto: what the descriptor limit allows",
            help: "Client connections at once in the whole process; further ones wait to be accepted."),
        Option(
            long: "frontend-maxconn", argument: "N", group: .frontend,
            binding: .frontend(Field(\.connectionsMax, .zeroIsNone(.whole(0...connectionsMax)))),
            defaultNote: "0: no limit of its own",
            help: "Client connections at once in a frontend."),
        Option(
            long: "maxconn-per-ip", argument: "N", group: .frontend,
            binding: .frontend(Field(\.connectionsPerAddressMax, .whole(0...connectionsMax))),
            defaultNote: "0: no limit",
            help: """
                Connections at once of one client address in a frontend; further ones are refused. The \
                addresses of an IPv6 network of 64 bits count as one.
                """),
        Option(
            long: "conn-rate-per-ip", argument: "N/T", group: .frontend,
            binding: .frontend(Field(\.connectionRatePerAddress, .optional(.rate, none: "0"))),
            defaultNote: "0: no limit",
            help: """
                New connections of one client address in a frontend: N in a time T, as in 100/10s, so many \
                at once; further ones are refused. IPv6 as above.
                """),
        Option(
            long: "tcp-keepalive", argument: "T|off", group: .frontend,
            binding: .frontend(Field(\.keepaliveSeconds, .optional(.seconds(1...32_767), none: "off"))),
            help: """
                After how much silence TCP asks whether the other end is still there, towards clients and \
                servers alike, in whole seconds.
                """),
    ]

    static let fields: [Option] = [
        Option(
            long: "forwarded", argument: "xff|rfc7239|both|off", group: .frontend, needsHTTP: true,
            binding: .frontend(Field(\.forwarded, .choice(aliases: Frontend.forwardedAliases))),
            help: """
                Fields that tell servers who asked: xff is X-Forwarded-For, X-Forwarded-Proto and \
                X-Forwarded-Host, rfc7239 is Forwarded (RFC 7239).
                """),
        Option(
            long: "trusted-proxies", argument: "CIDR,...|none", group: .frontend, needsHTTP: true,
            binding: .frontend(Field(\.trustedProxies, .networks(none: "none"))),
            help: """
                Networks, or addresses, of proxies in front of this one: what they say of their client in these \
                fields is kept. From all others it is replaced.
                """),
        Option(
            long: "request-id", argument: "HEADER|off", group: .frontend, needsHTTP: true,
            binding: .frontend(Field(\.requestIDHeader, .optional(.fieldName, none: "off"))),
            help: "The field that gives each request an identifier, for servers and the log."),
        Option(
            long: "via", argument: "NAME|off", group: .frontend, needsHTTP: true,
            binding: .frontend(Field(\.via, .optional(.viaName, none: "off"))),
            help: "Our name in the field Via, which RFC 9110 asks for and most proxies leave out."),
        Option(
            long: "real-ip", argument: "on|off", group: .frontend, needsHTTP: true,
            binding: .frontend(Field(\.sendsRealIP, .onOff)),
            help: "Whether servers are told the client's address in X-Real-IP, too."),
    ]
}
