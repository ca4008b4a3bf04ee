// The access log in the operator's own format: how each variable is written.

/// As nginx writes its log with its default escape: what there is nothing of is `-`, seconds have three decimals,
/// and a byte of a request that may not stand for itself is `\xXX`.
///
/// - SeeAlso: nginx documentation, ngx_http_log_module, `log_format`.
extension HTTPLogLine {
    func write(_ template: LogTemplate, into output: inout OutputSpan<UInt8>) {
        for index in 0..<template.count {
            switch template[index] {
            case .text(let start, let count):
                // It lives as long as the template does.
                unsafe output.put(Span(_unsafeElements: template.text(start: start, count: count).bindMemory(to: UInt8.self)))
            case .variable(let variable): write(variable, into: &output)
            case .field(let place): unsafe Self.write(fieldText(Int(place)), Self.fieldBytesMax, into: &output)
            }
        }
    }

    private func write(_ variable: LogVariable, into output: inout OutputSpan<UInt8>) {
        switch variable {
        case .remoteAddress: writeClientHost(into: &output)
        case .remotePort: Self.write(clientPort, into: &output)
        case .remoteUser: output.put(UInt8(ascii: "-"))
        case .localTime, .isoTime, .unixTime: writeTime(variable, into: &output)
        case .request: writeRequest(.nginx, orElse: "-", into: &output)
        case .method: unsafe Self.write(method, Self.methodBytesMax, into: &output)
        case .requestURI: unsafe Self.write(target, Self.targetBytesMax, into: &output)
        case .uri: writePath(into: &output)
        case .arguments, .queryString:
            unsafe Self.write(Text(rebasing: target[pathCount...].dropFirst()), Self.targetBytesMax, into: &output)
        case .serverProtocol: output.put(unsafe method.isEmpty ? "-" : proto)
        case .hostField: unsafe Self.write(host, Self.hostBytesMax, into: &output)
        case .host: writeHost(into: &output)
        case .referer: unsafe Self.write(referer, Self.refererBytesMax, into: &output)
        case .userAgent: unsafe Self.write(userAgent, Self.userAgentBytesMax, into: &output)
        case .requestID: unsafe Self.write(requestID, Self.requestIDBytesMax, into: &output)
        case .requestLength: DecimalText.write(bytesIn, into: &output)
        case .requestTime: Self.write(seconds: totalNanoseconds, into: &output)
        case .serverName: unsafe Self.write(frontend, Self.nameBytesMax, into: &output)
        case .serverPort: Self.write(listenerPort > 0 ? UInt64(listenerPort) : nil, into: &output)
        case .backend: unsafe Self.write(backend, Self.nameBytesMax, into: &output)
        case .server: unsafe Self.write(server, Self.nameBytesMax, into: &output)
        case .upstreamAddress: unsafe Self.write(serverAddress, AddressText.bytesMax, into: &output)
        case .upstreamStatus: Self.write(serverStatus > 0 ? UInt64(serverStatus) : nil, into: &output)
        case .upstreamConnectTime: Self.write(seconds: connectNanoseconds, into: &output)
        case .upstreamHeaderTime: Self.write(seconds: answerNanoseconds, into: &output)
        case .upstreamResponseTime: Self.write(seconds: serverNanoseconds, into: &output)
        case .queueTime: Self.write(seconds: queueNanoseconds, into: &output)
        case .status: DecimalText.write(UInt64(clamping: status), digitsMin: 3, into: &output)
        case .bodyBytesSent: DecimalText.write(bodyBytesOut, into: &output)
        case .bytesSent: DecimalText.write(bytesOut, into: &output)
        case .retries: DecimalText.write(UInt64(clamping: retries), into: &output)
        case .ending: writeEnding(into: &output)
        case .reason: output.put(hasReason ? reason : "-")
        case .closeCode: Self.write(wsCloseCode.map { UInt64($0) }, into: &output)
        case .messagesIn: Self.write(wsMessagesIn, into: &output)
        case .messagesOut: Self.write(wsMessagesOut, into: &output)
        }
    }

    private var clientPort: UInt64? {
        switch client {
        case .ipv4(_, let port), .ipv6(_, _, let port): UInt64(port)
        case .unix: nil
        }
    }

    /// When the line is written, which is when the exchange has ended.
    private func writeTime(_ variable: LogVariable, into output: inout OutputSpan<UInt8>) {
        let milliseconds = Int64(Swift.min(acceptedMilliseconds, 999)) + Swift.max(0, totalNanoseconds) / 1_000_000
        let sum = acceptedUnixSeconds.addingReportingOverflow(milliseconds / 1_000)
        let seconds = sum.overflow ? Int64.max : sum.partialValue
        let time = CivilTime(unixSeconds: seconds, offsetSeconds: zoneOffsetSeconds)
        if variable == .unixTime {
            DecimalText.write(seconds, into: &output)
            output.put(UInt8(ascii: "."))
            DecimalText.write(UInt64(milliseconds % 1_000), digitsMin: 3, into: &output)
        } else if variable == .isoTime {
            time.writeISODate(into: &output)
            writeZone(separator: ":", into: &output)
        } else {
            time.writeLogDate(into: &output)
            output.put(UInt8(ascii: " "))
            writeZone(into: &output)
        }
    }

    /// Up to the query, or all of it.
    private var pathCount: Int { unsafe target.firstIndex(of: UInt8(ascii: "?")) ?? target.count }

    /// As routes compare it.
    private func writePath(into output: inout OutputSpan<UInt8>) {
        // What an exchange keeps of its target is no longer than this; a longer path is written as it came.
        var room = InlineArray<2_048, UInt8>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &room) { room in
            let path = unsafe NormalizedPath.write(Text(rebasing: target[..<pathCount]), into: room)
            unsafe Self.write(path, Self.targetBytesMax, into: &output)
        }
    }

    private func writeHost(into output: inout OutputSpan<UInt8>) {
        let name = unsafe hostWithoutPort
        guard unsafe !name.isEmpty else { return unsafe Self.write(frontend, Self.nameBytesMax, into: &output) }
        let bound = output.freeCapacity - Self.hostBytesMax
        for index in name.indices {
            let byte = unsafe name[index]
            let room = output.freeCapacity - bound
            if UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte {
                if room > 0 { output.put(byte | 0x20) }
            } else {
                unsafe output.put(Text(rebasing: name[index...index]), escaped: .nginx, bytesMax: room)
            }
        }
    }

    /// nginx's begins where it asks for the connection.
    private var answerNanoseconds: Int64 {
        guard connectNanoseconds >= 0, headerNanoseconds >= 0 else { return -1 }
        let sum = connectNanoseconds.addingReportingOverflow(headerNanoseconds)
        return sum.overflow ? .max : sum.partialValue
    }

    private func writeEnding(into output: inout OutputSpan<UInt8>) {
        output.put(endedBy)
        output.put(endedDuring)
    }

    /// What a request's field held.
    private func fieldText(_ place: Int) -> Text {
        guard fieldCounts.indices.contains(place) else { return unsafe Self.noText }
        let start = (0..<place).reduce(0) { $0 + Int(fieldCounts[$1]) }
        let end = start + Int(fieldCounts[place])
        return unsafe end <= fieldTexts.count ? Text(rebasing: fieldTexts[start..<end]) : Self.noText
    }

    private static func write(_ text: Text, _ bytesMax: Int, into output: inout OutputSpan<UInt8>) {
        guard unsafe !text.isEmpty else { return output.put(UInt8(ascii: "-")) }
        unsafe output.put(text, escaped: .nginx, bytesMax: bytesMax)
    }

    private static func write(_ value: UInt64?, into output: inout OutputSpan<UInt8>) {
        guard let value else { return output.put(UInt8(ascii: "-")) }
        DecimalText.write(value, into: &output)
    }

    /// With three decimals; `-` where it was never reached.
    private static func write(seconds nanoseconds: Int64, into output: inout OutputSpan<UInt8>) {
        guard nanoseconds >= 0 else { return output.put(UInt8(ascii: "-")) }
        let milliseconds = UInt64(nanoseconds) / 1_000_000
        DecimalText.write(milliseconds / 1_000, into: &output)
        output.put(UInt8(ascii: "."))
        DecimalText.write(milliseconds % 1_000, digitsMin: 3, into: &output)
    }
}
