package import Postgres

/// An error whose words may be kept with a job and shown to operators: no bound value, address, name or token in them.
/// Of any other error only its type is recorded.
package protocol RecordableError: Error {
    /// A short stable name to group and filter by, for example `postgres/40001`.
    var errorClass: String { get }
    /// What happened, in words that hold nothing personal.
    var record: String { get }
}

extension PostgresError: RecordableError {
    package var errorClass: String { "postgres/\(sqlState ?? "connection")" }
    package var record: String { description }
}

extension LedgerError: RecordableError {
    package var errorClass: String { "ledger" }
    package var record: String { description }
}

/// Any error as it may be recorded.
struct ErrorRecord: Sendable {
    let errorClass: String
    let text: String

    init(errorClass: String, text: String) {
        self.errorClass = errorClass
        self.text = text
    }

    init(_ error: any Error) {
        if let error = error as? any RecordableError {
            self.init(errorClass: error.errorClass, text: error.record)
        } else {
            let name = String(reflecting: type(of: error))
            self.init(errorClass: name, text: "an error of type \(name); its words are not kept, they may be personal")
        }
    }
}
