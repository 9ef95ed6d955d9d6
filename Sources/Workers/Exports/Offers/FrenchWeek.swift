import Postgres

/// A week as the platform writes it: "Du 3 janvier au 9 janvier".
enum FrenchWeek {
    /// nil: a week that has no days.
    static func label(_ first: StoredDay, _ last: StoredDay) -> String? {
        guard case .day(let first) = first, case .day(let last) = last else { return nil }
        return "Du \(FrenchDay.words(first)) au \(FrenchDay.words(last))"
    }
}
