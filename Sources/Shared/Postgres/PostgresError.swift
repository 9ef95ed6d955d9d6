/// What went wrong, during what, and in the server's own words. Safe to log: it holds no bound values, and of
/// the server's report neither DETAIL nor HINT nor CONTEXT, which quote rows.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// Where an error comes from.
    package enum Kind: Sendable, Hashable {
        /// The server refused the statement; see `sqlState`.
        case server
        /// No connection, or it was lost.
        case connection
        /// A named time limit passed; `operation` says which.
        case timeout
        /// A result did not have the expected type or column.
        case decoding
        /// The caller asked for something impossible; trying again does not help.
        case usage
    }

    /// Where the error comes from.
    package var kind: Kind
    /// The server's five-character code, where the server answered.
    package var sqlState: String?
    /// The server's primary message, or ours; never values of rows or parameters.
    package var message: String
    /// What was being done: the name given by the caller, or the statement's text without its values.
    package var operation: String
    /// The connection was lost after a statement had been sent that commits by itself, or a COMMIT: it may have
    /// been executed or not. Read back before doing it again.
    package var outcomeUnknown = false
    /// The server forgot a prepared statement, or its result changed under a transaction.
    var isStalePlan = false
    /// A time limit passed before there was a connection: no statement was too slow.
    var isBeforeStatement = false

    /// Trying again later may help: connection lost, server stopping, conflict with another transaction, no resources.
    package var isTransient: Bool {
        switch kind {
        case .connection, .timeout: return true
        case .decoding, .usage: return false
        case .server:
            guard let sqlState else { return false }
            let states = ["57P01", "57P02", "57P03", "40001", "40P01", "55P03"]
            return isStalePlan || states.contains(sqlState) || sqlState.hasPrefix("08") || sqlState.hasPrefix("53")
        }
    }

    /// The database was away, stopping or starting, or lost the connection: no fault of the statement or of its caller.
    package var isDatabaseAway: Bool {
        switch kind {
        case .connection: true
        case .timeout: isBeforeStatement
        case .decoding, .usage: false
        case .server: sqlState.map { $0.hasPrefix("08") || $0.hasPrefix("57P0") } ?? false
        }
    }

    package var description: String {
        let state = sqlState.map { " \($0)" } ?? ""
        let unknown = outcomeUnknown ? "; whether it was executed is unknown" : ""
        return "PostgreSQL\(state): \(message)\(unknown) (while: \(operation))"
    }
}

extension PostgresError {
    static func usage(_ message: String, operation: String) -> PostgresError {
        PostgresError(kind: .usage, message: message, operation: operation)
    }

    static func connection(_ message: String, operation: String) -> PostgresError {
        PostgresError(kind: .connection, message: message, operation: operation)
    }

    static func timeout(after limit: Duration, operation: String) -> PostgresError {
        PostgresError(kind: .timeout, message: "timed out after \(limit.inWords)", operation: operation)
    }

    /// The primary messages of class 22 (data exceptions) quote the offending value: `invalid input syntax for
    /// type uuid: "someone@example.org"`. Everything between double quotes is left out there.
    static func withoutValues(_ message: String, sqlState: String?) -> String {
        guard let sqlState, sqlState.hasPrefix("22") else { return message }
        guard let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\""), first < last else {
            return message
        }
        return message[...first] + "…" + message[last...]
    }
}

extension Duration {
    /// `5 s` or `0.25 s`, for messages.
    var inWords: String {
        "\(formatted) s"
    }

    private var formatted: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        guard rest != 0 else { return "\(seconds)" }
        return "\(Double(milliseconds) / 1000)"
    }
}
