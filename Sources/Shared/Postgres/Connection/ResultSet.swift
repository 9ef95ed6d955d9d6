import CPostgres

/// Names and types of a result's columns; the rows of a stream share one.
final class ResultColumns: Sendable {
    let names: [String]
    let types: [UInt32]
    let positions: [String: Int]

    init(_ raw: OpaquePointer) {
        let count = PQnfields(raw)
        names = (0..<count).map { PQfname(raw, $0).map { String(cString: $0) } ?? "" }
        types = (0..<count).map { PQftype(raw, $0) }
        positions = Dictionary(zip(names, names.indices)) { first, _ in first }
    }
}

/// Owns a result of libpq and frees it.
final class ResultSet: @unchecked Sendable {
    // A PGresult does not change after PQgetResult returned it; libpq allows to read it from any thread.
    private let raw: OpaquePointer

    let columns: ResultColumns
    let operation: String

    init(_ raw: OpaquePointer, columns: ResultColumns? = nil, operation: String) {
        self.raw = raw
        self.columns = columns ?? ResultColumns(raw)
        self.operation = operation
    }

    deinit {
        PQclear(raw)
    }

    var status: ExecStatusType { PQresultStatus(raw) }

    var rows: [Row] {
        (0..<Int(PQntuples(raw))).map { Row(result: self, index: $0) }
    }

    /// Rows that an INSERT, UPDATE, DELETE, MERGE or SELECT touched, 0 for other commands.
    var affectedRows: Int {
        PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The command's tag, such as `INSERT 0 1` or `COMMIT`.
    var commandTag: String {
        PQcmdStatus(raw).map { String(cString: $0) } ?? ""
    }

    func withCell<R, E: Error>(row: Int, column: Int, _ body: (PostgresCell) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        let row = CInt(clamping: row)
        let column = CInt(clamping: column)
        let type = PQftype(raw, column)
        guard PQgetisnull(raw, row, column) == 0, let start = PQgetvalue(raw, row, column) else {
            return try body(PostgresCell(type: type, bytes: nil))
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(raw, row, column)))
        return try body(PostgresCell(type: type, bytes: bytes))
    }

    /// The server's report of a failed statement: its code and primary message, nothing that quotes rows.
    var error: PostgresError {
        func field(_ code: Character) -> String? {
            guard let ascii = code.asciiValue else { return nil }
            return PQresultErrorField(raw, CInt(ascii)).map { String(cString: $0) }
        }
        let state = field("C")
        let message = field("M") ?? PQresultErrorMessage(raw).map { String(cString: $0) } ?? "no message"
        return PostgresError(
            kind: state == nil ? .connection : .server,
            sqlState: state,
            message: PostgresError.withoutValues(message.singleLine, sqlState: state),
            operation: operation,
            isStalePlan: state == "26000" || (state == "0A000" && field("R") == "RevalidateCachedQuery")
        )
    }
}

extension String {
    /// libpq ends its messages with a line feed and breaks some over lines.
    var singleLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
