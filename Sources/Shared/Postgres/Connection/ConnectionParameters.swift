import CPostgres

/// The keywords for `PQconnectStartParams`. What stands before `dbname` can be overridden by the caller's
/// connection string, which libpq expands there; what stands after it cannot.
struct ConnectionParameters {
    private let keywords: [(String, String)]

    /// Throws `.usage` when libpq cannot read the connection string; its words are not repeated, they may quote
    /// the password.
    init(_ configuration: PostgresConfiguration) throws {
        guard let given = ConnectionOptions.parse(configuration.conninfo) else {
            throw PostgresError.usage(
                "the connection string is not valid; expected key=value pairs or postgresql://user@host/database",
                operation: "connect"
            )
        }
        var options = given["options"].map { $0 + " " } ?? ""
        options += configuration.settings.sorted { $0.key < $1.key }
            .map { "-c \($0.key)=\(Self.escaped($0.value))" }.joined(separator: " ")
        keywords = [
            // A peer that vanished is noticed within seconds also while statements wait for its answer.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            // Also bounds how long a host that does not answer at all keeps libpq from trying the next one.
            ("tcp_user_timeout", "5000"),
            ("dbname", configuration.conninfo),
            ("application_name", configuration.applicationName),
            ("client_encoding", "UTF8"),
            ("options", options),
        ]
    }

    /// The server splits options at spaces.
    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { escaped, character in
            if character == "\\" || character.isWhitespace { escaped.append("\\") }
            escaped.append(character)
        }
    }

    /// Begins to connect; looking up the host may block. Nil only without memory.
    func start() -> OpaquePointer? {
        // All texts in one buffer, which libpq copies from before it returns.
        var texts: [CChar] = []
        var offsets: [Int] = []
        for text in keywords.map(\.0) + keywords.map(\.1) {
            offsets.append(texts.count)
            texts.append(contentsOf: text.utf8CString)
        }
        return texts.withUnsafeBufferPointer { buffer in
            let pointers = offsets.map { buffer.baseAddress?.advanced(by: $0) }
            let names = pointers.prefix(keywords.count) + [nil]
            let values = pointers.suffix(keywords.count) + [nil]
            return PQconnectStartParams(Array(names), Array(values), 1)
        }
    }
}
