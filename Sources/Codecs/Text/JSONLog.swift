// The access log as one flat JSON object a line.

/// Every line has every key, in one order; what there is none of is `null`. Seconds are numbers. The keys of
/// WebSocket sessions are `null` for plain exchanges.
extension HTTPLogLine {
    func writeJSON(into output: inout OutputSpan<UInt8>) {
        output.put("{\"ts\":")
        DecimalText.write(acceptedUnixSeconds, into: &output)
        output.put(UInt8(ascii: "."))
        DecimalText.write(UInt64(Swift.min(acceptedMilliseconds, 999)), digitsMin: 3, into: &output)
        unsafe Self.write(",\"frontend\":", frontend, bytesMax: Self.nameBytesMax, into: &output)
        unsafe Self.write(",\"backend\":", backend, bytesMax: Self.nameBytesMax, into: &output)
        unsafe Self.write(",\"server\":", server, bytesMax: Self.nameBytesMax, into: &output)
        unsafe Self.write(",\"server_addr\":", serverAddress, bytesMax: AddressText.bytesMax, into: &output)
        writeClient(into: &output)
        writeExchange(into: &output)
        writeTimes(into: &output)
        writeEnd(into: &output)
        output.put("}")
    }

    private func writeClient(into output: inout OutputSpan<UInt8>) {
        output.put(",\"client_ip\":")
        switch client {
        case .ipv4(let host, let port):
            output.put(UInt8(ascii: "\""))
            IPv4Text.write(host, into: &output)
            Self.write("\",\"client_port\":", UInt64(port), into: &output)
        case .ipv6(let high, let low, let port):
            output.put(UInt8(ascii: "\""))
            IPv6Text.write(high: high, low: low, into: &output)
            Self.write("\",\"client_port\":", UInt64(port), into: &output)
        case .unix: output.put("null,\"client_port\":null")
        }
    }

    private func writeExchange(into output: inout OutputSpan<UInt8>) {
        output.put(",\"proto\":")
        unsafe Self.write(method.isEmpty ? "" : proto, into: &output)
        unsafe Self.write(",\"method\":", method, bytesMax: Self.methodBytesMax, into: &output)
        unsafe Self.write(",\"host\":", host, bytesMax: Self.hostBytesMax, into: &output)
        unsafe Self.write(",\"uri\":", target, bytesMax: Self.targetBytesMax, into: &output)
        output.put(",\"status\":")
        if status > 0 { DecimalText.write(UInt64(status), into: &output) } else { output.put("null") }
        Self.write(",\"bytes_in\":", bytesIn, into: &output)
        Self.write(",\"bytes_out\":", bytesOut, into: &output)
        unsafe Self.write(",\"referer\":", referer, bytesMax: Self.refererBytesMax, into: &output)
        unsafe Self.write(",\"user_agent\":", userAgent, bytesMax: Self.userAgentBytesMax, into: &output)
        unsafe Self.write(",\"request_id\":", requestID, bytesMax: Self.requestIDBytesMax, into: &output)
    }

    private func writeTimes(into output: inout OutputSpan<UInt8>) {
        Self.write(",\"t_queue\":", seconds: queueNanoseconds, into: &output)
        Self.write(",\"t_connect\":", seconds: connectNanoseconds, into: &output)
        Self.write(",\"t_header\":", seconds: headerNanoseconds, into: &output)
        Self.write(",\"t_total\":", seconds: totalNanoseconds, into: &output)
    }

    private func writeEnd(into output: inout OutputSpan<UInt8>) {
        Self.write(",\"retries\":", UInt64(clamping: retries), into: &output)
        output.put(",\"term\":\"")
        output.put(endedBy)
        output.put(endedDuring)
        Self.write("\",\"ws_close_code\":", wsCloseCode.map { UInt64($0) }, into: &output)
        Self.write(",\"ws_msgs_in\":", wsMessagesIn, into: &output)
        Self.write(",\"ws_msgs_out\":", wsMessagesOut, into: &output)
        Self.write(",\"shard\":", UInt64(clamping: shard), into: &output)
        output.put(isReused ? ",\"reused\":true" : ",\"reused\":false")
        output.put(",\"reason\":")
        Self.write(reason, into: &output)
    }

    private static func write(_ key: StaticString, _ value: UInt64, into output: inout OutputSpan<UInt8>) {
        output.put(key)
        DecimalText.write(value, into: &output)
    }

    private static func write(_ key: StaticString, _ value: UInt64?, into output: inout OutputSpan<UInt8>) {
        guard let value else {
            output.put(key)
            return output.put("null")
        }
        write(key, value, into: &output)
    }

    /// To the microsecond; `null` where it was never reached.
    private static func write(_ key: StaticString, seconds nanoseconds: Int64, into output: inout OutputSpan<UInt8>) {
        output.put(key)
        guard nanoseconds >= 0 else { return output.put("null") }
        let microseconds = UInt64(nanoseconds) / 1_000
        DecimalText.write(microseconds / 1_000_000, into: &output)
        output.put(UInt8(ascii: "."))
        DecimalText.write(microseconds % 1_000_000, digitsMin: 6, into: &output)
    }

    private static func write(_ key: StaticString, _ text: Text, bytesMax: Int, into output: inout OutputSpan<UInt8>) {
        output.put(key)
        guard unsafe !text.isEmpty else { return output.put("null") }
        output.put(UInt8(ascii: "\""))
        unsafe output.put(text, escaped: .json, bytesMax: bytesMax)
        output.put(UInt8(ascii: "\""))
    }

    /// A literal, which needs no escape.
    private static func write(_ literal: StaticString, into output: inout OutputSpan<UInt8>) {
        guard literal.utf8CodeUnitCount > 0 else { return output.put("null") }
        output.put(UInt8(ascii: "\""))
        output.put(literal)
        output.put(UInt8(ascii: "\""))
    }
}
