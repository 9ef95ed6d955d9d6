import FoundationEssentials

/// A JSON text (`jsonb`). It is not checked here: the server refuses what is not JSON.
package struct JSON: Sendable, Hashable {
    /// The text as given, or as the server writes it (jsonb orders keys and drops white space).
    package var text: String

    /// Takes a JSON text as it is.
    package init(_ text: String) {
        self.text = text
    }

    /// Encodes a value with sorted keys, so that equal values have equal texts. Dates become ISO 8601 in UTC, as other
    /// readers of the column expect them.
    package init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Decodes the text as `T`.
    package func decode<T: Decodable>(_: T.Type = T.self) throws -> T {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(T.self, from: Data(text.utf8))
    }
}

extension JSON: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.jsonb }
    package static var postgresArrayType: UInt32 { PostgresType.jsonbArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.bytes.append(1)
        buffer.bytes.append(contentsOf: text.utf8)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> JSON {
        guard cell.type == PostgresType.jsonb || cell.type == PostgresType.json || cell.bytes == nil else {
            throw cell.mismatch
        }
        return JSON(try String.decode(cell))
    }
}
