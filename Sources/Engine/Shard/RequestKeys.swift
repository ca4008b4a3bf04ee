// What policies that hash go by, taken from a request: its address, target, or one value among its fields.

internal import Balancing
internal import Codecs

extension Shard where IO: ~Copyable {
    /// The key of the request that was just read. Where it has none it is drawn, so that such requests are spread.
    mutating func requestKey(
        _ client: UnsafeMutablePointer<HTTPConnection>, _ bytes: UnsafeRawBufferPointer, _ backend: PlannedBackend
    ) -> UInt64 {
        let name = backend.exchanges.key.name
        let value: UnsafeRawBufferPointer?
        switch backend.exchanges.key.kind {
        case .none: return 0
        case .source:
            if case .unnamed = client.pointee.clientAddress { return io.random() }
            return addressKey(client.pointee.clientAddress)
        // As in HAProxy, without the query.
        case .uri: value = slice(bytes, http.request.path)
        case .header: value = header(name, bytes)
        case .cookie: value = cookie(name, bytes)
        case .query: value = RequestValue.find(name.bytes, in: slice(bytes, http.request.query), separator: UInt8(ascii: "&"))
        }
        guard let value, !value.isEmpty else { return io.random() }
        return StableHash.hash(value.bytes)
    }

    func addressKey(_ address: PeerAddress) -> UInt64 {
        switch address {
        case .unnamed: 0
        case .ipv4(let host, _): StableHash.hash(ipv4: host)
        case .ipv6(let high, let low, _): StableHash.hash(ipv6: high, low)
        }
    }

    /// The value of the first field of that name.
    func header(_ name: PlannedName, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        fieldIndex(name, bytes, from: 0).map { value(of: http.fields[$0], bytes) }
    }

    /// The next field of that name, from one on.
    func fieldIndex(_ name: PlannedName, _ bytes: UnsafeRawBufferPointer, from first: Int) -> Int? {
        var index = first
        while index < http.request.fieldCount {
            let field = http.fields[index]
            let start = Int(field.nameStart)
            if Int(field.nameCount) == name.bytes.count,
                name.matches(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(field.nameCount)]))
            {
                return index
            }
            index &+= 1
        }
        return nil
    }

    func cookie(_ name: PlannedName, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        for index in 0..<http.request.fieldCount where http.fields[index].name == .cookie {
            let found = RequestValue.find(name.bytes, in: value(of: http.fields[index], bytes), separator: UInt8(ascii: ";"))
            if let found { return found }
        }
        return nil
    }

    func value(of field: HeadField, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(field.valueStart)..<Int(field.valueStart) + Int(field.valueCount)])
    }

    func slice(_ bytes: UnsafeRawBufferPointer, _ range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.start)..<Int(range.start) + Int(range.count)])
    }
}
