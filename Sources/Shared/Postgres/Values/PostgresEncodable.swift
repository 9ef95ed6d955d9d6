/// A value that can be bound to a statement. It travels in binary format with the type it names, so the server
/// never guesses; where a column's type is another one (an enum, for example), cast in the SQL: `\(state)::job_state`.
package protocol PostgresEncodable: Sendable {
    /// The type's object identifier.
    static var postgresType: UInt32 { get }

    /// Appends the value; false means NULL, and then nothing is appended.
    func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool
}

/// A value that may also be an element of an array.
package protocol PostgresScalar: PostgresEncodable {
    /// The object identifier of the array type with elements of this type.
    static var postgresArrayType: UInt32 { get }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package static var postgresType: UInt32 { Wrapped.postgresType }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        guard let value = self else { return false }
        return try value.encode(into: &buffer)
    }
}

extension Optional: PostgresScalar where Wrapped: PostgresScalar {
    package static var postgresArrayType: UInt32 { Wrapped.postgresArrayType }
}

extension Array: PostgresEncodable where Element: PostgresScalar {
    package static var postgresType: UInt32 { Element.postgresArrayType }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        // Header: dimensions, "has NULLs" (the server looks for itself), element type; then size and lower bound.
        buffer.append(integer: Int32(isEmpty ? 0 : 1))
        buffer.append(integer: Int32(0))
        buffer.append(integer: Element.postgresType)
        guard !isEmpty else { return true }
        guard let size = Int32(exactly: count) else {
            throw EncodingFault(reason: "an array has \(count) elements, more than PostgreSQL can hold")
        }
        buffer.append(integer: size)
        buffer.append(integer: Int32(1))
        for element in self { try buffer.appendElement(element) }
        return true
    }
}

/// Types with a raw value (enums, identifiers) are bound as that value.
extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    package static var postgresType: UInt32 { RawValue.postgresType }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        try rawValue.encode(into: &buffer)
    }
}

extension PostgresScalar where Self: RawRepresentable, RawValue: PostgresScalar {
    package static var postgresArrayType: UInt32 { RawValue.postgresArrayType }
}
