// What the person who runs the tests may set.

import Glibc

enum Environment {
    /// The variable's value, where it is a number.
    static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}
