// One value among several: of a cookie among cookies, of a parameter in a query.

/// Finds `name=value` in a list.
enum RequestValue {
    /// The value of the first entry with that name, byte for byte as it was sent; `nil` where there is none.
    static func find(_ name: UnsafeRawBufferPointer, in list: UnsafeRawBufferPointer, separator: UInt8)
        -> UnsafeRawBufferPointer?
    {
        var start = 0
        while start < list.count {
            var end = start
            while end < list.count, list[end] != separator { end += 1 }
            var begin = start
            while begin < end, list[begin] == UInt8(ascii: " ") { begin += 1 }
            let equals = begin + name.count
            if equals < end, list[equals] == UInt8(ascii: "="), list[begin..<equals].elementsEqual(name) {
                return UnsafeRawBufferPointer(rebasing: list[(equals + 1)..<end])
            }
            start = end + 1
        }
        return nil
    }
}
