import Postgres

/// A day as French texts write it, whatever day it is.
enum FrenchDay {
    /// `01/09/2021`
    static func digits(_ stored: StoredDay) -> String {
        switch stored {
        case .infinity: return "infini"
        case .minusInfinity: return "moins l'infini"
        case .day(let day):
            // Year 0 is 1 BC.
            let year = day.year > 0 ? padded(day.year, 4) : padded(1 - day.year, 4) + " av. J.-C."
            return "\(padded(day.day, 2))/\(padded(day.month, 2))/\(year)"
        }
    }

    /// "3 janvier": French counts the first of a month with an ordinal and the others without.
    static func words(_ day: PostgresDay) -> String {
        "\(day.day == 1 ? "1er" : String(day.day)) \(months[day.month - 1])"
    }

    private static func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    // `PostgresDay` has no other month than 1 to 12.
    private static let months = [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ]
}
