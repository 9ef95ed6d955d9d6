import Postgres

/// A week as the platform writes it: "Du 3 janvier au 9 janvier".
enum FrenchWeek {
    static func label(_ first: PostgresDay, _ last: PostgresDay) -> String {
        "Du \(words(first)) au \(words(last))"
    }

    /// French counts the first of a month with an ordinal and the others without.
    private static func words(_ day: PostgresDay) -> String {
        "\(day.day == 1 ? "1er" : String(day.day)) \(months[day.month - 1])"
    }

    // `PostgresDay` has no other month than 1 to 12.
    private static let months = [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ]
}
