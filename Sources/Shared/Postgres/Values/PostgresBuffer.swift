/// Collects values in PostgreSQL's binary format (network byte order).
package struct PostgresBuffer {
    var bytes: [UInt8]

    mutating func append(integer value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends a length word and then the value, as array elements have it; NULL has the length −1.
    mutating func appendElement(_ value: some PostgresEncodable) throws(EncodingFault) {
        let start = bytes.count
        append(integer: Int32(0))
        let length: Int32 = try value.encode(into: &self) ? Int32(clamping: bytes.count - start - 4) : -1
        replace(at: start, with: length)
    }

    mutating func replace(at offset: Int, with value: Int32) {
        withUnsafeBytes(of: value.bigEndian) { word in
            bytes.replaceSubrange(offset..<offset + 4, with: word)
        }
    }
}
