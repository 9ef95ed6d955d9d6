package import struct FoundationEssentials.Date

/// An instant as a row may hold it: any `timestamptz`, with ±infinity as an infinitely distant date. For what is shown
/// or compared; where only an instant makes sense read a `Date`, which refuses infinity.
package struct StoredInstant: PostgresDecodable, Sendable, Hashable {
    package let date: Date

    package init(_ date: Date) {
        self.date = date
    }

    /// Reads timestamptz only: a timestamp without time zone is no instant.
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> StoredInstant {
        let microseconds = try cell.integer(as: Int64.self)
        guard cell.type == PostgresType.timestamptz else { throw cell.mismatch }
        switch microseconds {
        case .max: return StoredInstant(Date(timeIntervalSinceReferenceDate: .infinity))
        case .min: return StoredInstant(Date(timeIntervalSinceReferenceDate: -.infinity))
        default: return StoredInstant(Date(postgresMicroseconds: microseconds))
        }
    }

    var isFinite: Bool { date.timeIntervalSinceReferenceDate.isFinite }
}

extension StoredInstant: PostgresEncodable {
    package static var postgresType: UInt32 { PostgresType.timestamptz }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        guard !isFinite else { return try date.encode(into: &buffer) }
        buffer.append(integer: date.timeIntervalSinceReferenceDate < 0 ? Int64.min : Int64.max)
        return true
    }
}

extension Row {
    /// A column's instant, ±infinity included: one odd row must not keep a whole list or claim from being read.
    package func instant(_ column: String) throws -> Date {
        try decode(column, as: StoredInstant.self).date
    }

    /// The same for a column that may be NULL.
    package func optionalInstant(_ column: String) throws -> Date? {
        try decode(column, as: StoredInstant?.self)?.date
    }
}
