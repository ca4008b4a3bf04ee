// The access log as web servers write it: common, combined, and combined after the host.
// Readers tried: GoAccess 1.7 and fail2ban 1.0; read: Vector's patterns for Apache and nginx.

/// A refusal or failure has its reason in quotes after the last field, where those readers look at nothing,
/// except in `common`: Vector's pattern for it ends with the number of bytes. Zero bytes are `0`, as in
/// nginx: its readers take no `-` there.
extension HTTPLogLine {
    /// `10.0.1.2 - - [20/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 612`.
    func writeCommon(bytes: UInt64, into output: inout OutputSpan<UInt8>) {
        writeClientHost(into: &output)
        output.put(" - - [")
        CivilTime(unixSeconds: acceptedUnixSeconds, offsetSeconds: zoneOffsetSeconds).writeLogDate(into: &output)
        output.put(UInt8(ascii: " "))
        writeZone(into: &output)
        output.put("] \"")
        writeRequest(.nginx, orElse: "-", into: &output)
        output.put("\" ")
        DecimalText.write(UInt64(clamping: status), digitsMin: 3, into: &output)
        output.put(UInt8(ascii: " "))
        DecimalText.write(bytes, into: &output)
    }

    func writeCombined(into output: inout OutputSpan<UInt8>) { writeCombined(bytes: bodyBytesOut, into: &output) }

    /// `www.example.org:80` before what `combined` writes, whose bytes are the whole response's here
    /// (Apache's `%v:%p … %O`). A request without a host has the frontend's name.
    func writeVirtualCombined(into output: inout OutputSpan<UInt8>) {
        let name = unsafe hostWithoutPort
        if unsafe name.isEmpty {
            unsafe output.put(frontend, escaped: .nginxWord, bytesMax: Self.nameBytesMax)
        } else {
            unsafe output.put(name, escaped: .nginxWord, bytesMax: Self.hostBytesMax)
        }
        output.put(UInt8(ascii: ":"))
        DecimalText.write(UInt64(listenerPort), into: &output)
        output.put(UInt8(ascii: " "))
        writeCombined(bytes: bytesOut, into: &output)
    }

    private func writeCombined(bytes: UInt64, into output: inout OutputSpan<UInt8>) {
        writeCommon(bytes: bytes, into: &output)
        unsafe Self.writeQuoted(referer, bytesMax: Self.refererBytesMax, into: &output)
        unsafe Self.writeQuoted(userAgent, bytesMax: Self.userAgentBytesMax, into: &output)
        if hasReason {
            output.put(" \"")
            output.put(reason)
            output.put(UInt8(ascii: "\""))
        }
    }

    /// The address alone; `unix:` for a Unix socket, as in nginx.
    func writeClientHost(into output: inout OutputSpan<UInt8>) {
        switch client {
        case .ipv4(let host, _): IPv4Text.write(host, into: &output)
        case .ipv6(let high, let low, _): IPv6Text.write(high: high, low: low, into: &output)
        case .unix: output.put("unix:")
        }
    }

    /// `+0130`, or `+01:30`.
    func writeZone(separator: StaticString = "", into output: inout OutputSpan<UInt8>) {
        let minutes = Swift.min(Swift.max(zoneOffsetSeconds, -86_400), 86_400) / 60
        output.put(minutes < 0 ? "-" : "+")
        DecimalText.write(UInt64(minutes.magnitude / 60), digitsMin: 2, into: &output)
        output.put(separator)
        DecimalText.write(UInt64(minutes.magnitude % 60), digitsMin: 2, into: &output)
    }

    private static func writeQuoted(_ text: Text, bytesMax: Int, into output: inout OutputSpan<UInt8>) {
        guard unsafe !text.isEmpty else { return output.put(" \"-\"") }
        output.put(" \"")
        unsafe output.put(text, escaped: .nginx, bytesMax: bytesMax)
        output.put(UInt8(ascii: "\""))
    }

    /// Up to the colon after which there are digits alone: those of an IPv6 address stand in brackets.
    var hostWithoutPort: Text {
        var count = unsafe host.count
        while count > 0, unsafe DecimalDigit.value(host[count - 1]) != nil { count -= 1 }
        guard count > 0, unsafe host[count - 1] == UInt8(ascii: ":") else { return unsafe host }
        return unsafe Text(rebasing: host[..<(count - 1)])
    }
}
