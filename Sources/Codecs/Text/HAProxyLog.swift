// The access log in the fields of HAProxy's httplog, so that its readers (halog, log shippers) take it.

/// `client [date] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes - - tt-- ac/fc/bc/sc/rc sq/bq "request"`,
/// times in milliseconds; no cookies are captured. A refusal or failure has its reason in quotes after the
/// request, where HAProxy's own fields have ended (halog 2.6 reads such lines, but takes the reason for the URL
/// of a request that could not be read).
///
/// - SeeAlso: HAProxy 2.6 configuration manual, section 8.2.3 (HTTP log format).
extension HTTPLogLine {
    func writeHAProxy(into output: inout OutputSpan<UInt8>) {
        var line = TCPLogLine(client: client)
        line.acceptedUnixSeconds = acceptedUnixSeconds
        line.acceptedMilliseconds = acceptedMilliseconds
        line.zoneOffsetSeconds = zoneOffsetSeconds
        line.writeClientAndDate(into: &output)
        writeNames(into: &output)
        Self.write(" ", Self.milliseconds(requestNanoseconds), into: &output)
        Self.write("/", Self.milliseconds(queueNanoseconds), into: &output)
        Self.write("/", Self.milliseconds(connectNanoseconds), into: &output)
        Self.write("/", Self.milliseconds(headerNanoseconds), into: &output)
        Self.write("/", Self.milliseconds(totalNanoseconds), into: &output)
        // HAProxy's number where nothing was sent.
        Self.write(" ", status > 0 ? Int64(status) : -1, into: &output)
        output.put(UInt8(ascii: " "))
        DecimalText.write(bytesOut, into: &output)
        output.put(" - - ")
        output.put(endedBy)
        output.put(endedDuring)
        Self.write("-- ", Int64(processConnections), into: &output)
        Self.write("/", Int64(frontendConnections), into: &output)
        Self.write("/", Int64(backendConnections), into: &output)
        Self.write("/", Int64(serverConnections), into: &output)
        Self.write(isRedispatched ? "/+" : "/", Int64(retries), into: &output)
        Self.write(" ", Int64(serverQueue), into: &output)
        Self.write("/", Int64(backendQueue), into: &output)
        output.put(" \"")
        writeRequest(.haproxy, orElse: "<BADREQ>", into: &output)
        output.put(UInt8(ascii: "\""))
        guard hasReason else { return }
        output.put(" \"")
        output.put(reason)
        output.put(UInt8(ascii: "\""))
    }

    /// `frontend backend/server`; where none was chosen the frontend's name stands in, as in HAProxy.
    private func writeNames(into output: inout OutputSpan<UInt8>) {
        unsafe Self.writeName(frontend, into: &output)
        output.put(UInt8(ascii: " "))
        unsafe Self.writeName(backend.isEmpty ? frontend : backend, into: &output)
        output.put(UInt8(ascii: "/"))
        if unsafe server.isEmpty { output.put("<NOSRV>") } else { unsafe Self.writeName(server, into: &output) }
    }

    private static func writeName(_ name: Text, into output: inout OutputSpan<UInt8>) {
        unsafe output.put(name, escaped: .haproxyWord, bytesMax: nameBytesMax)
    }

    private static func milliseconds(_ nanoseconds: Int64) -> Int64 { nanoseconds < 0 ? -1 : nanoseconds / 1_000_000 }

    private static func write(_ mark: StaticString, _ value: Int64, into output: inout OutputSpan<UInt8>) {
        output.put(mark)
        DecimalText.write(value, into: &output)
    }
}
