// A user or a group of the machine, as an operator names it.

/// One user or one group; a name is looked up at start.
public enum Account: Equatable, Sendable {
    case name(String)
    case number(UInt32)
}
