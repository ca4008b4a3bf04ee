// What a frontend may have to look at with every request: routes, limits, changes of fields, cookies.

import Config

/// Rules that the request of `Exchanges` meets only at the end, and what they make of its answer.
enum Rules {
    static let routeCount = 50
    private static let value = "0123456789abcdefghijklmnopqrstuv"
    /// Names the server.
    static let cookie = "SRV=\(value)"
    /// Of a client without the cookie, and of one with it.
    static let strangerFields = regularFields + "Set-Cookie: \(cookie); Path=/; HttpOnly; SameSite=Lax\r\n"
    static let regularFields = "X-Served: f example.com\r\n"

    static func set(_ configuration: inout Configuration) {
        configuration.frontends[0].routes = (1..<routeCount).map { route($0) }
        // The one that it is: by name, path, method and field.
        configuration.frontends[0].routes.append(
            route(.backend("b")) { conditions in
                conditions.hosts = [.exact("example.com")]
                conditions.paths = [.expression("^/index\\.[a-z]+$")]
                conditions.methods = ["GET"]
                conditions.headers = [NamedPattern(name: "accept", values: [.prefix("*/")])]
                conditions.queries = [NamedPattern(name: "a", values: [.exact("b")])]
            })
        configuration.frontends[0].rateLimits = [
            RateLimit(key: .address, rate: Rate(count: 1_000_000, periodMilliseconds: 1_000), burst: 1_000_000)
        ]
        configuration.frontends[0].rewriting.requestFields = [
            FieldChange(.set, name: "X-Client", value: TextTemplate(pieces: [.variable(.remoteAddress)])),
            FieldChange(.remove, name: "User-Agent"),
        ]
        configuration.frontends[0].rewriting.responseFields = [
            FieldChange(
                .set, name: "X-Served", value: TextTemplate(pieces: [.variable(.serverName), .text(" "), .variable(.host)]))
        ]
        configuration.backends[0].sticky = .cookie("SRV")
        configuration.backends[0].servers[0].cookieValue = value
    }

    private static func route(_ target: Route.Target, _ condition: (inout RouteConditions) -> Void) -> Route {
        var conditions = RouteConditions()
        condition(&conditions)
        return Route(text: "of a rehearsal", conditions: conditions, target: target)
    }

    /// One that the request does not meet, though nearly.
    private static func route(_ number: Int) -> Route {
        route(.deny) { conditions in
            switch number % 5 {
            case 0: conditions.hosts = [.exact("\(number).example.com")]
            case 1: conditions.hosts = [.below("example.com")]
            case 2: conditions.paths = [.prefix("/index.html/\(number)/")]
            case 3: conditions.paths = [.expression("^/index\\.html.{\(number)}$")]
            default: conditions.headers = [NamedPattern(name: "x-\(number % 10)", values: [])]
            }
        }
    }
}
