import JobEngine
import Platform
import Postgres

/// The documents of the pages, each from the one row of its statement. Figures bear the names of their columns in schema
/// `statistics`, where each is explained.
enum StatisticsPages {
    /// What a référent départemental sees. Companies, administrations and associations exclude each other and add up to
    /// the total, as sectors do and groups do; `companies_paqte` is a part of the companies, and no seats offered are in
    /// the grand total of filled placements.
    static func department(_ department: Department, _ row: Row) throws -> JSONValue {
        let blocks = try PlatformFigures.blocks(row)
        return try document(
            row,
            [
                "department": place(department),
                "on_platform": .object([
                    "companies": blocks["companies"], "companies_paqte": blocks["companies_paqte"],
                    "administrations": blocks["administrations"], "associations": blocks["associations"],
                    "total": blocks["total"], "by_sector": PlatformFigures.items(row, "sectors"),
                    "by_group": PlatformFigures.items(row, "groups"),
                ]),
                "off_platform": offPlatform(row, ["private", "private_paqte", "public"]),
                "grand_total": row.figure("grand_total"),
            ]
        )
    }

    /// What a référent d'administration centrale sees of his ministry, in all of France or in one département. The total
    /// holds what associations offer in its name, too.
    static func ministry(_ id: Int64, _ name: String, in department: Department?, _ row: Row) throws -> JSONValue {
        let blocks = try PlatformFigures.blocks(row)
        return try document(
            row,
            [
                "ministry": .object(["id": .integer(id), "name": .string(name)]),
                "department": department.map(place) ?? .null,
                "on_platform": .object(["administrations": blocks["administrations"], "total": blocks["total"]]),
                "off_platform": offPlatform(row, []),
            ]
        )
    }

    /// What everybody sees. Schools, pupils and associations are those of the instant of the refresh, whatever the year.
    static func global(_ row: Row) throws -> JSONValue {
        let schools = try ["rep", "rep_plus", "other"].map { kind in
            (
                kind,
                JSONValue.object([
                    "registered": try row.figure("\(kind)_registered"), "eligible": try row.figure("\(kind)_eligible"),
                ])
            )
        }
        return try document(
            row,
            [
                "schools": .object(Dictionary(uniqueKeysWithValues: schools)),
                "seats": .object([
                    "public": row.figure("seats_public"), "private": row.figure("seats_private"),
                    "total": row.figure("seats"),
                ]),
                "filled": .object([
                    "on_site": row.figure("filled_on_site"), "remote": row.figure("filled_remote"),
                    "total": row.figure("filled"),
                ]),
                "pupils": row.figure("pupils"),
                "associations": row.figure("associations"),
            ]
        )
    }

    // MARK: - Parts

    private static func document(_ row: Row, _ figures: [String: JSONValue]) throws -> JSONValue {
        let year: [String: JSONValue] = [
            "school_year": try row.figure("school_year"),
            "refreshed_at": Member.time(try row.optionalInstant("refreshed_at")),
        ]
        return .object(year.merging(figures) { $1 })
    }

    private static func place(_ department: Department) -> JSONValue {
        .object(["code": .string(department.code), "name": .string(department.name)])
    }

    /// By type, and by what else stands on the page.
    private static func offPlatform(_ row: Row, _ more: [String]) throws -> JSONValue {
        var members = [
            "total": try row.figure("off_platform"),
            "updated_at": Member.time(try row.optionalInstant("off_platform_updated_at")),
        ]
        for name in ["on_site", "remote", "hybrid"] + more { members[name] = try row.figure(name) }
        return .object(members)
    }
}

/// What was offered on the platform and what came of it, as the server writes rows of figures.
struct PlatformFigures {
    private static let counts = [
        "seats", "applications", "applications_m", "applications_f", "applications_np", "accepted", "accepted_m",
        "accepted_f", "accepted_np", "refused", "rejected", "expired",
    ]
    /// Twelve points each, from September to August.
    private static let series = ["seats_by_month", "accepted_by_month"]
    /// Of a block that has no row: nothing counts in it.
    private static let nothing = Dictionary(
        uniqueKeysWithValues: counts.map { ($0, JSONValue.integer(0)) }
            + series.map { ($0, .array([JSONValue](repeating: .integer(0), count: 12))) }
    )

    private let rows: [String: [String: JSONValue]]

    static func blocks(_ row: Row) throws -> PlatformFigures {
        PlatformFigures(rows: try row.decode("blocks", as: JSON?.self)?.decode() ?? [:])
    }

    /// The figures of a block.
    subscript(block: String) -> JSONValue {
        .object((rows[block] ?? Self.nothing).filter { Self.nothing.keys.contains($0.key) })
    }

    /// Sectors or groups, each with its name.
    static func items(_ row: Row, _ column: String) throws -> JSONValue {
        let rows: [[String: JSONValue]] = try row.decode(column, as: JSON?.self)?.decode() ?? []
        return .array(
            rows.map { item in
                var members = item.filter { counts.contains($0.key) }
                members["id"] = item["item_id"]
                members["name"] = item["item_id"] == .integer(0) ? .string(OrganisationGroup.none) : item["name"]
                return .object(members)
            }
        )
    }
}

extension Row {
    fileprivate func figure(_ column: String) throws -> JSONValue {
        .integer(try decode(column, as: Int64.self))
    }
}
