/// A value that can be read from a result in binary format.
package protocol PostgresDecodable {
    /// Reads one cell; throws when its type is another one or the value does not fit. NULL fits only `Optional`.
    static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Self
}

/// One value of a result, lent for the time of decoding.
package struct PostgresCell {
    let type: UInt32
    /// nil is NULL.
    let bytes: UnsafeRawBufferPointer?

    func value() throws(DecodingFault) -> UnsafeRawBufferPointer {
        guard let bytes else { throw DecodingFault(reason: "it is NULL; read it as an Optional") }
        return bytes
    }

    /// The whole cell as one number in network byte order.
    func integer<T: FixedWidthInteger>(as _: T.Type) throws(DecodingFault) -> T {
        try value().integer(at: 0, wholly: true)
    }

    var mismatch: DecodingFault { DecodingFault(reason: "the types do not match; cast the column in the SQL") }
}

/// Why a cell could not be read. `Row` adds the column and both types.
package struct DecodingFault: Error {
    var reason: String

    static let truncated = DecodingFault(reason: "its bytes are not what the type promises")
}

extension UnsafeRawBufferPointer {
    /// A number in network byte order. These bytes come from the server: a wrong length is an error, never a trap.
    func integer<T: FixedWidthInteger>(at offset: Int, wholly: Bool = false) throws(DecodingFault) -> T {
        let size = MemoryLayout<T>.size
        guard offset >= 0, count >= size, offset <= count - size, !wholly || count == size else {
            throw DecodingFault.truncated
        }
        return T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Wrapped? {
        cell.bytes == nil ? nil : try Wrapped.decode(cell)
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> [Element] {
        let bytes = try cell.value()
        guard PostgresType.isArray(cell.type) else { throw cell.mismatch }
        let dimensions: Int32 = try bytes.integer(at: 0)
        let elementType: UInt32 = try bytes.integer(at: 8)
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else {
            throw DecodingFault(reason: "it has \(dimensions) dimensions, only one can be read")
        }
        let size: Int32 = try bytes.integer(at: 12)
        // Each element has at least its length word, so a size that lies cannot reserve more than the cell's own.
        guard size >= 0, Int(size) <= bytes.count / 4 else { throw DecodingFault.truncated }
        var elements: [Element] = []
        elements.reserveCapacity(Int(size))
        var offset = 20
        for _ in 0..<size {
            let length: Int32 = try bytes.integer(at: offset)
            offset += 4
            guard length >= 0 else {
                elements.append(try Element.decode(PostgresCell(type: elementType, bytes: nil)))
                continue
            }
            guard Int(length) <= bytes.count - offset else { throw DecodingFault.truncated }
            let element = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
            elements.append(try Element.decode(PostgresCell(type: elementType, bytes: element)))
            offset += Int(length)
        }
        return elements
    }
}

/// Types with a raw value (enums, identifiers) are read from that value.
extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Self {
        guard let value = Self(rawValue: try RawValue.decode(cell)) else {
            throw DecodingFault(reason: "the value is none that this version knows")
        }
        return value
    }
}
