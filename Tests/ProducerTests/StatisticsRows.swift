import JobEngine

/// Rows of figures of the school year 2021, as a refresh would leave them.
enum StatisticsRows {
    static let itemMembers = [
        "accepted", "accepted_f", "accepted_m", "accepted_np", "applications", "applications_f", "applications_m",
        "applications_np", "expired", "id", "name", "refused", "rejected", "seats",
    ]

    /// The row by which a year is known to have been computed.
    static func global(_ year: Int, at instant: String) -> String {
        """
        INSERT INTO statistics.global_figures
        VALUES (\(year), 1, 2, 3, 4, 5, 6, 10, 20, 30, 3000000000000, 2, 3000000000002, 8, 9, '\(instant)');
        """
    }

    /// All that there is came in August.
    static func block(_ block: String, seats: Int, accepted: Int, ministry: Int, place: String) -> String {
        """
        INSERT INTO statistics.platform_figures VALUES (2021, \(ministry), '\(place)', '\(block)', \(seats),
            \(accepted), \(accepted), 0, 0, \(accepted), \(accepted), 0, 0, 0, 0, 0,
            array_fill(0, ARRAY[11]) || \(seats), array_fill(0, ARRAY[11]) || \(accepted), '2021-12-01');
        """
    }

    static func item(_ dimension: String, _ id: Int, seats: Int, place: String = "75") -> String {
        """
        INSERT INTO statistics.platform_breakdown VALUES (2021, '\(place)', '\(dimension)', \(id), \(seats),
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '2021-12-01');
        """
    }

    static func filled(onSite: Int, remote: Int, hybrid: Int, ministry: Int, place: String) -> String {
        let total = onSite + remote + hybrid
        return """
            INSERT INTO statistics.filled_figures VALUES (2021, \(ministry), '\(place)', 0, \(onSite), \(remote),
                \(hybrid), 0, 0, \(total), \(total), \(total), '2021-10-01T00:00Z', '2021-12-01');
            """
    }

    /// A refresh after which every figure is this number, and its instant as many seconds after midnight.
    static func replaceAll(by number: Int) -> String {
        """
        BEGIN;
        DELETE FROM statistics.platform_figures; DELETE FROM statistics.platform_breakdown;
        DELETE FROM statistics.filled_figures; DELETE FROM statistics.global_figures;
        \(block("total", seats: number, accepted: number, ministry: 0, place: "75"))
        \(item("sector", 1, seats: number)) \(item("sector", 2, seats: number))
        \(filled(onSite: number, remote: 0, hybrid: 0, ministry: 0, place: "75"))
        \(global(2021, at: instant(number)))
        COMMIT;
        """
    }

    static func instant(_ number: Int) -> String {
        let (minute, second) = (number / 60, number % 60)
        return "2021-12-01T00:0\(minute):\(second < 10 ? "0" : "")\(second).000000Z"
    }

    /// The figure of this name in each member that has one.
    static func integers(_ members: JSONValue?, _ name: String) -> [String: Int64] {
        guard case .object(let members)? = members else { return [:] }
        return members.compactMapValues { member in
            guard case .object(let figures) = member, case .integer(let figure)? = figures[name] else { return nil }
            return figure
        }
    }
}
