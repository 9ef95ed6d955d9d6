import CPostgres

/// Owns libpq's connection object.
final class ConnectionHandle: @unchecked Sendable {
    // Used only on the connection's own queue; `deinit` has no other user left.
    private(set) var raw: OpaquePointer?

    init(_ raw: OpaquePointer) {
        self.raw = raw
    }

    /// Says goodbye and frees it; libpq's functions answer a nil connection with an error.
    func finish() {
        guard let raw else { return }
        self.raw = nil
        PQfinish(raw)
    }

    deinit {
        finish()
    }

    /// libpq's own words for the last failure.
    var message: String {
        guard let raw, let text = PQerrorMessage(raw) else { return "the connection is closed" }
        // While connecting libpq puts the server's DETAIL and HINT behind its message.
        let message = String(cString: text).split(whereSeparator: \.isNewline)
            .filter { line in !["DETAIL:", "HINT:", "CONTEXT:"].contains { line.hasPrefix($0) } }
            .joined(separator: " ")
        return message.isEmpty ? "the connection was lost" : message
    }
}
