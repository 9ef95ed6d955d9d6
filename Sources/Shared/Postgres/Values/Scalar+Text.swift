package import struct FoundationEssentials.UUID

extension String: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.text }
    package static var postgresArrayType: UInt32 { PostgresType.textArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.bytes.append(contentsOf: utf8)
        return true
    }

    /// Reads text, varchar, char, name, enums and other types of the users whose binary form is their text, json and jsonb.
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> String {
        var bytes = try cell.value()
        switch cell.type {
        case PostgresType.text, PostgresType.varchar, PostgresType.bpchar, PostgresType.name, PostgresType.char,
            PostgresType.unknown, PostgresType.json:
            break
        case PostgresType.jsonb:
            bytes = try bytes.jsonbText()
        case let type where PostgresType.isUserDefined(type):
            // Composite types start with a count of four bytes; text has no NUL byte.
            guard !bytes.contains(0) else { throw cell.mismatch }
        default:
            throw cell.mismatch
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DecodingFault(reason: "its bytes are not UTF-8")
        }
        return text
    }
}

extension UnsafeRawBufferPointer {
    /// jsonb is a version byte, always 1, and then the text.
    func jsonbText() throws(DecodingFault) -> UnsafeRawBufferPointer {
        guard first == 1 else { throw DecodingFault.truncated }
        return UnsafeRawBufferPointer(rebasing: self[1...])
    }
}

extension UUID: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.uuid }
    package static var postgresArrayType: UInt32 { PostgresType.uuidArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        withUnsafeBytes(of: uuid) { buffer.bytes.append(contentsOf: $0) }
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> UUID {
        let bytes = try cell.value()
        guard cell.type == PostgresType.uuid else { throw cell.mismatch }
        guard bytes.count == 16 else { throw DecodingFault.truncated }
        var value = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).uuid
        withUnsafeMutableBytes(of: &value) { $0.copyMemory(from: bytes) }
        return UUID(uuid: value)
    }
}

/// Raw bytes (`bytea`).
package struct Bytes: Sendable, Hashable {
    /// The bytes themselves.
    package var array: [UInt8]

    /// Wraps any bytes.
    package init(_ bytes: some Sequence<UInt8>) {
        array = Array(bytes)
    }
}

extension Bytes: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.bytea }
    package static var postgresArrayType: UInt32 { PostgresType.byteaArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.bytes.append(contentsOf: array)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Bytes {
        let bytes = try cell.value()
        guard cell.type == PostgresType.bytea else { throw cell.mismatch }
        return Bytes(bytes)
    }
}
