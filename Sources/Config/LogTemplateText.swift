// The value of `--access-log-format`: the name of a format, or a line with variables.
// Knows how it is spelled. What its variables are is for the template itself.

import Codecs

extension LogOptions {
    private static let named = ValueKind<AccessFormat?>.optional(
        .choice(among: AccessFormat.allCases.filter { $0 != .template }, aliases: formatAliases), none: "auto")

    /// A text with a `$` is a line; both values are set together.
    static let formatField = Field<LogOptions>(
        assign: { (text, options) throws(ValueFault) in
            if text.contains("$") {
                (options.accessFormat, options.accessTemplate) = (.template, try template(text))
                return
            }
            let example = "write nginx's variables, as in '$remote_addr $request_time $status'"
            if text == AccessFormat.template.rawValue {
                throw ValueFault("\(Quoted.text(text)) does not say what a line is", remedy: example)
            }
            if text.contains("%") { throw ValueFault("\(Quoted.text(text)) has no variable", remedy: example) }
            (options.accessFormat, options.accessTemplate) = (try named.parse(text), nil)
        },
        text: { options in options.accessFormat == .template ? options.accessTemplate : named.text(options.accessFormat) })

    private static func template(_ text: String) throws(ValueFault) -> String {
        guard let fault = LogTemplate.fault(in: text) else { return text }
        switch fault.problem {
        case .unknownVariable(let name):
            let names = (LogTemplate.names + ["http_NAME"]).map { "$\($0)" }
            let remedy = "write one of \(names.joined(separator: ", ")), or $$ for a dollar"
            throw ValueFault(
                "\(Quoted.text("$\(name)")) is no variable of a line",
                remedy: DidYouMean.question(for: "$\(name)", among: names) ?? remedy)
        case .nameMissing:
            let problem = "a $ is not followed by the name of a variable"
            throw ValueFault(problem, remedy: "write one like $status, or $$ for a dollar")
        case .braceUnclosed:
            throw ValueFault("a ${ has no }", remedy: "write one like ${status}")
        case .controlByte:
            throw ValueFault("\(Quoted.text(text)) holds a control character", remedy: "write one line without one")
        case .tooManyFields:
            let problem = "there are more than \(LogTemplate.fieldsMax) different $http_ fields"
            throw ValueFault(problem, remedy: "write \(LogTemplate.fieldsMax) or fewer")
        case .lineTooLong:
            let problem = "a line could have more than \(LogTemplate.lineBytesMax) bytes"
            throw ValueFault(problem, remedy: "write fewer variables, or shorter text")
        }
    }
}
