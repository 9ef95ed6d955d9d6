/// A statement whose values are bound, never pasted: `"… WHERE id = \(id)"` becomes `… WHERE id = $1` and a
/// parameter. What is no value is spelled out: `\(fragment: sql)`, `\(identifier: name)`.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The text between the parameters; always one more than there are parameters.
    private(set) var pieces: [String]
    private(set) var parameters: ParameterList
    /// The first value that could not be encoded; thrown when the statement is executed.
    private(set) var fault: EncodingFault?

    package init(stringLiteral text: String) {
        pieces = [text]
        parameters = ParameterList()
    }

    package init(stringInterpolation parts: Interpolation) {
        self = parts.sql
    }

    /// The text as the server gets it, with `$1`, `$2`, … for the parameters.
    package var text: String {
        guard pieces.count > 1 else { return pieces[0] }
        var text = pieces[0]
        for (number, piece) in zip(1..., pieces.dropFirst()) {
            text += "$\(number)\(piece)"
        }
        return text
    }

    /// The text on one line and cut, to name the statement in errors and logs. It holds no values.
    ///
    /// By bytes, and no further than it is shown: it is made for every statement that is sent, and words sought by
    /// Unicode's rules in all of a long one cost more than sending it.
    var summary: String {
        var line: [UInt8] = []
        for byte in text.utf8 {
            // Space, tab, line feed and carriage return are all that statements are laid out with.
            let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
            if isSpace, line.isEmpty || line.last == 0x20 { continue }
            guard line.count < Self.summaryLength else {
                // Whole characters only: back to the first byte of the one that does not fit.
                while let last = line.last, last & 0xC0 == 0x80 { line.removeLast() }
                return String(decoding: line.dropLast(), as: UTF8.self) + "…"
            }
            line.append(isSpace ? 0x20 : byte)
        }
        if line.last == 0x20 { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    /// Bytes that a summary may have.
    private static let summaryLength = 160

    private mutating func append(text: String) {
        pieces[pieces.count - 1] += text
    }

    private mutating func append<T: PostgresEncodable>(value: T) {
        do {
            try parameters.append(value, oid: T.postgresType)
        } catch {
            fault = fault ?? error
        }
        pieces.append("")
    }

    private mutating func append(_ other: SQL) {
        append(text: other.pieces[0])
        pieces.append(contentsOf: other.pieces.dropFirst())
        parameters.append(contentsOf: other.parameters)
        fault = fault ?? other.fault
    }

    /// Collects the parts of an interpolated literal.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var sql = SQL(stringLiteral: "")

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            sql.append(text: literal)
        }

        /// Binds a value.
        package mutating func appendInterpolation<T: PostgresEncodable>(_ value: T) {
            sql.append(value: value)
        }

        /// Binds a value or NULL.
        package mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
            sql.append(value: value)
        }

        /// Splices another statement's text and values.
        package mutating func appendInterpolation(fragment: SQL) {
            sql.append(fragment)
        }

        /// Quotes a name of a table, column, channel or database.
        package mutating func appendInterpolation(identifier name: String) {
            sql.append(text: "\"")
            for character in name.unicodeScalars {
                sql.append(text: character == "\"" ? "\"\"" : String(character))
            }
            sql.append(text: "\"")
        }
    }
}
