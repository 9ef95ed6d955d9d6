package import struct FoundationEssentials.Date

/// PostgreSQL counts from 2000-01-01, Foundation's reference date is a (leap) year later.
private let secondsFromPostgresEpoch = 366.0 * 86_400

extension Date: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.timestamptz }
    package static var postgresArrayType: UInt32 { PostgresType.timestamptzArray }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        let microseconds = ((timeIntervalSinceReferenceDate + secondsFromPostgresEpoch) * 1_000_000).rounded()
        // The two ends of the range mean infinity to the server.
        guard let value = Int64(exactly: microseconds), value != .max, value != .min else {
            throw EncodingFault(reason: "a date is outside what timestamptz can hold")
        }
        buffer.append(integer: value)
        return true
    }

    /// Reads timestamptz only: a timestamp without time zone is no instant.
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Date {
        let microseconds = try cell.integer(as: Int64.self)
        guard cell.type == PostgresType.timestamptz else { throw cell.mismatch }
        guard microseconds != .max, microseconds != .min else {
            throw DecodingFault(reason: "infinity is no instant")
        }
        // Whole seconds apart from the rest: a Double holds microseconds exactly only near its zero.
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Date(
            timeIntervalSinceReferenceDate: Double(seconds) - secondsFromPostgresEpoch + Double(rest) / 1_000_000
        )
    }
}
