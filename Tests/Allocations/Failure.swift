// Why a count could not be made.

/// Something that the rehearsal needs did not happen.
struct Failure: Error, CustomStringConvertible {
    let what: String
    var errno: Int32 = 0

    var description: String { errno == 0 ? what : "\(what): errno \(errno)" }
}
