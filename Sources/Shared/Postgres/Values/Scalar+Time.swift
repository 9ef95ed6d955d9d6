package import struct FoundationEssentials.Date

/// PostgreSQL counts from 2000-01-01, Foundation's reference date is a (leap) year later.
private let secondsFromPostgresEpoch = 366.0 * 86_400

extension Date: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.timestamptz }
    package static var postgresArrayType: UInt32 { PostgresType.timestamptzArray }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        let fault = EncodingFault(reason: "a date is outside what timestamptz can hold")
        // Whole seconds apart from the rest, as when it is read.
        let seconds = timeIntervalSinceReferenceDate + secondsFromPostgresEpoch
        let rest = seconds - seconds.rounded(.down)
        guard let whole = Int64(exactly: seconds.rounded(.down)) else { throw fault }
        let (microseconds, isTooLong) = whole.multipliedReportingOverflow(by: 1_000_000)
        let (value, isTooLate) = microseconds.addingReportingOverflow(Int64((rest * 1_000_000).rounded()))
        // The two ends of the range mean infinity to the server.
        guard !isTooLong, !isTooLate, value != .max, value != .min else { throw fault }
        buffer.append(integer: value)
        return true
    }

    /// Reads timestamptz only: a timestamp without time zone is no instant.
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Date {
        let instant = try StoredInstant.decode(cell)
        guard instant.isFinite else { throw DecodingFault(reason: "infinity is no instant") }
        return instant.date
    }

    /// What the server counts, from 2000-01-01.
    init(postgresMicroseconds microseconds: Int64) {
        // Whole seconds apart from the rest: a Double holds microseconds exactly only near its zero.
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        self.init(
            timeIntervalSinceReferenceDate: Double(seconds) - secondsFromPostgresEpoch + Double(rest) / 1_000_000
        )
    }
}
