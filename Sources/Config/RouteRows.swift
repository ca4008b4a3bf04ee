// Rows of the table of options: which requests go where, and what is changed in them.

extension Options {
    static let routes: [Option] = [
        Option(
            long: "route", short: "r", argument: "'MATCH -> TARGET'", group: .routes, needsHTTP: true, binding: .route,
            separator: .routes,
            help: """
                What becomes of which requests; repeat for more: the first that matches wins. Of the last --bind. What \
                no route takes goes to the backend of the frontend: the one it names, or "default", or the only one, \
                unless a route of it names that; where there is none, it is answered with 404. MATCH has conditions, \
                with blanks between them: those of different kinds must all hold, of one kind any.
                """),
        Option(
            long: "header-up", argument: "'[+]NAME: VALUE'|-NAME", group: .routes, needsHTTP: true,
            binding: .rewritingList(ListField(\.requestFields, .fieldChange(.up))), separator: .lines,
            help: """
                A field that requests have when they reach the server, in place of all of that name; with + beside \
                them; -NAME removes them. VALUE may have the variables \
                \(TextTemplate.Variable.allCases.map { "$\($0.rawValue)" }.joined(separator: " ")); $$ is a dollar; $uri \
                is the path as it was sent, here and in redirects. \
                Fields that HTTP itself needs cannot be changed, but Host can be set. Of the last --route behind the \
                last --bind; before any, of the frontend, whose changes come first.
                """),
        Option(
            long: "header-down", argument: "'[+]NAME: VALUE'|-NAME", group: .routes, needsHTTP: true,
            binding: .rewritingList(ListField(\.responseFields, .fieldChange(.down))), separator: .lines,
            help: "The same of responses. Belongs where --header-up does."),
        Option(
            long: "strip-prefix", argument: "PATH", group: .routes, needsHTTP: true,
            binding: .rewriting(Field(\.stripPrefix, .optional(.pathPrefix, none: nil))),
            help: """
                Taken off the path that a server is asked for, where the path begins with it and a segment ends there: \
                /api off /api/x and /api, not off /apix; of slashes behind it one is left. A path with .. in it, in any \
                spelling, is answered with 400 there. Belongs where --header-up does.
                """),
        Option(
            long: "add-prefix", argument: "PATH", group: .routes, needsHTTP: true,
            binding: .rewriting(Field(\.addPrefix, .optional(.pathPrefix, none: nil))),
            help: """
                Put before that path, once a prefix is off. A path with .. is answered with 400, as above. Belongs where \
                --header-up does.
                """),
        Option(
            long: "errorfile", argument: "STATUS=FILE", group: .routes, needsHTTP: true,
            binding: .frontendList(ListField(\.errorFiles, .errorFile) { $0.status == $1.status }),
            help: """
                The body of answers of our own with this status, 400 to 599; repeat for more. At most 1m, read at the \
                start; its Content-Type goes by its ending: .html, .txt, .json. Of the last --bind.
                """),
    ]
}
