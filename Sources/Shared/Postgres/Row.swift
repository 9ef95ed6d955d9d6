/// One row of a result. Cells are read where libpq put them; nothing is copied before it is decoded.
package struct Row: Sendable {
    let result: ResultSet
    let index: Int

    /// The columns' names, in order.
    package var columnNames: [String] { result.columns.names }

    /// Reads the named column; the first, if several have the name. Throws `.decoding` when there is none, the type
    /// is another or NULL was not expected.
    package func decode<T: PostgresDecodable>(_ column: String, as _: T.Type = T.self) throws -> T {
        guard let position = result.columns.positions[column] else {
            throw error("expected a column \"\(column)\", the result has: \(columnNames.joined(separator: ", "))")
        }
        return try decode(at: position)
    }

    /// Reads the column at a position, from 0.
    package func decode<T: PostgresDecodable>(at position: Int, as _: T.Type = T.self) throws -> T {
        guard position >= 0, position < result.columns.names.count else {
            throw error("expected at least \(position + 1) columns, the result has \(columnNames.count)")
        }
        do {
            return try result.withCell(row: index, column: position) { cell throws(DecodingFault) in
                try T.decode(cell)
            }
        } catch {
            let type = result.columns.types[position]
            throw self.error(
                "column \"\(columnNames[position])\": expected \(T.self), got type \(type): \(error.reason)"
            )
        }
    }

    private func error(_ message: String) -> PostgresError {
        PostgresError(kind: .decoding, message: message, operation: result.operation)
    }
}
