/// A day as a row may hold it: any `date`, infinity included. For what is shown; where only a day makes sense read a
/// ``PostgresDay``, which refuses infinity.
package enum StoredDay: Sendable, Hashable {
    case day(PostgresDay)
    case infinity
    case minusInfinity
}

extension StoredDay: PostgresDecodable {
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> StoredDay {
        let days = try cell.integer(as: Int32.self)
        guard cell.type == PostgresType.date else { throw cell.mismatch }
        return switch days {
        case .max: .infinity
        case .min: .minusInfinity
        default: .day(try PostgresDay.decode(cell))
        }
    }
}
