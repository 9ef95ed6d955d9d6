/// The bound values of one statement in PostgreSQL's binary format, back to back in one buffer: a statement
/// with ten thousand array elements costs a few allocations instead of one for each value.
struct ParameterList: Sendable {
    private struct Entry: Sendable {
        var oid: UInt32
        /// Where the value starts in `bytes`; nil is NULL.
        var offset: Int?
        var length: Int
    }

    // The first byte is padding: libpq takes a nil pointer for NULL, so an empty text at the end of an
    // otherwise empty buffer must still have an address.
    private var bytes: [UInt8] = [0]
    private var entries: [Entry] = []

    var count: Int { entries.count }
    var oids: [UInt32] { entries.map(\.oid) }

    mutating func append(_ value: some PostgresEncodable, oid: UInt32) throws(EncodingFault) {
        var buffer = PostgresBuffer(bytes: bytes)
        bytes = []  // one owner only, so that appending does not copy
        let offset = buffer.bytes.count
        defer { bytes = buffer.bytes }
        let present = try value.encode(into: &buffer)
        entries.append(Entry(oid: oid, offset: present ? offset : nil, length: buffer.bytes.count - offset))
    }

    mutating func append(contentsOf other: ParameterList) {
        let shift = bytes.count
        bytes.append(contentsOf: other.bytes)
        entries.append(
            contentsOf: other.entries.map { entry in
                Entry(oid: entry.oid, offset: entry.offset.map { $0 + shift }, length: entry.length)
            }
        )
    }

    /// Lends the arrays that libpq's send functions expect; the pointers are valid only inside `body`.
    func withCArrays<R>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [CInt], _ formats: [CInt]) -> R
    ) -> R {
        bytes.withUnsafeBytes { raw in
            let base = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(
                entries.map { entry in entry.offset.flatMap { base?.advanced(by: $0) } },
                entries.map { CInt(clamping: $0.length) },
                Array(repeating: 1, count: entries.count)
            )
        }
    }
}

/// A value PostgreSQL has no room for. Interpolation cannot throw, so `SQL` keeps it until it is executed.
package struct EncodingFault: Error {
    var reason: String
}
