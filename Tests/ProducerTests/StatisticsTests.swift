import Foundation
import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// The pages of figures: who may see them, and what an answer says where there is little to say. That every figure is right
/// is seen through the real programs (PromiseTests).
@Suite struct StatisticsTests {
    private static let refreshedAt = "2026-11-30T10:20:00.000000Z"

    /// A computed year, in which nothing counts unless `rows` says so.
    private static func run(_ rows: String = "", _ body: @Sendable (IntakeWorld) async throws -> Void) async throws {
        try await withIntake { world in
            try await world.database.withConnection { connection in
                try await connection.run(script: StatisticsRows.global(2021, at: refreshedAt) + rows)
            }
            try await body(world)
        }
    }

    // MARK: - What an answer holds

    @Test func aDepartmentInWhichNothingCountsHasZeros() async throws {
        try await Self.run { world in
            let answer = try await world.call(.get, "/v1/statistics/departments/48?school_year=2021")
            #expect(answer.status == 200)
            let counts = #"""
                "accepted":0,"accepted_by_month":[0,0,0,0,0,0,0,0,0,0,0,0],"accepted_f":0,"accepted_m":0,"accepted_np":0,\#
                "applications":0,"applications_f":0,"applications_m":0,"applications_np":0,"expired":0,"refused":0,\#
                "rejected":0,"seats":0,"seats_by_month":[0,0,0,0,0,0,0,0,0,0,0,0]
                """#
            let expected = #"""
                {"department":{"code":"48","name":"Lozère"},"grand_total":0,"off_platform":{"hybrid":0,"on_site":0,\#
                "private":0,"private_paqte":0,"public":0,"remote":0,"total":0,"updated_at":null},"on_platform":{\#
                "administrations":{\#(counts)},"associations":{\#(counts)},"by_group":[],"by_sector":[],\#
                "companies":{\#(counts)},"companies_paqte":{\#(counts)},"total":{\#(counts)}},\#
                "refreshed_at":"\#(Self.refreshedAt)","school_year":2021}

                """#
            #expect(answer.text == expected)
        }
    }

    /// Each figure has a value of its own: one that stands in another one's place is seen.
    @Test func theGlobalPageHasEachFigureInItsPlace() async throws {
        try await Self.run { world in
            let answer = try await world.call(.get, "/v1/statistics/global?school_year=2021", as: .nobody)
            #expect(answer.status == 200)
            let expected = #"""
                {"associations":9,"filled":{"on_site":3000000000000,"remote":2,"total":3000000000002},"pupils":8,\#
                "refreshed_at":"\#(Self.refreshedAt)","school_year":2021,"schools":{\#
                "other":{"eligible":6,"registered":5},"rep":{"eligible":2,"registered":1},\#
                "rep_plus":{"eligible":4,"registered":3}},\#
                "seats":{"private":20,"public":10,"total":30}}

                """#
            #expect(answer.text == expected)
        }
    }

    @Test func aMinistryIsShownInAllOfFranceOrInOneDepartment() async throws {
        let rows = """
            INSERT INTO platform.organisation_group (id, name, is_public) VALUES (3, 'Ministère', true);
            \(StatisticsRows.block("administrations", seats: 7, accepted: 4, ministry: 3, place: "FR"))
            \(StatisticsRows.block("total", seats: 9, accepted: 5, ministry: 3, place: "FR"))
            \(StatisticsRows.block("administrations", seats: 2, accepted: 1, ministry: 3, place: "75"))
            \(StatisticsRows.filled(onSite: 11, remote: 12, hybrid: 13, ministry: 3, place: "FR"))
            \(StatisticsRows.filled(onSite: 1, remote: 2, hybrid: 3, ministry: 3, place: "75"))
            \(StatisticsRows.block("administrations", seats: 100, accepted: 100, ministry: 0, place: "75"))
            """
        try await Self.run(rows) { world in
            func page(_ query: String) async throws -> (page: [String: JSONValue], blocks: JSONValue?, off: JSONValue?)
            {
                let answer = try await world.call(.get, "/v1/statistics/ministries/3?school_year=2021\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return (answer.members, answer.members["on_platform"], answer.members["off_platform"])
            }
            let france = try await page("")
            #expect(france.page["ministry"] == .object(["id": .integer(3), "name": .string("Ministère")]))
            #expect(france.page["department"] == .null)
            #expect(StatisticsRows.integers(france.blocks, "seats") == ["administrations": 7, "total": 9])
            #expect(StatisticsRows.integers(france.blocks, "accepted") == ["administrations": 4, "total": 5])
            #expect(
                france.off
                    == .object([
                        "on_site": .integer(11), "remote": .integer(12), "hybrid": .integer(13), "total": .integer(36),
                        "updated_at": .string("2021-10-01T00:00:00.000000Z"),
                    ])
            )
            // The last point of a series is the total, here as well.
            guard case .object(let blocks)? = france.blocks, case .object(let total)? = blocks["total"],
                case .array(let seats)? = total["seats_by_month"],
                case .array(let accepted)? = total["accepted_by_month"]
            else { throw Unexpected(what: "\(france)") }
            #expect(seats.count == 12 && seats.first == .integer(0) && seats.last == total["seats"])
            #expect(accepted.count == 12 && accepted.first == .integer(0) && accepted.last == total["accepted"])

            let paris = try await page("&department=75")
            #expect(paris.page["department"] == .object(["code": .string("75"), "name": .string("Paris")]))
            #expect(StatisticsRows.integers(paris.blocks, "seats") == ["administrations": 2, "total": 0])
            #expect(StatisticsRows.integers(paris.off.map { .object(["off": $0]) }, "total") == ["off": 6])
            let elsewhere = try await page("&department=2A")
            #expect(StatisticsRows.integers(elsewhere.blocks, "seats") == ["administrations": 0, "total": 0])
        }
    }

    @Test func sectorsAndGroupsComeByNameAndOffersWithoutAGroupLast() async throws {
        let rows = """
            INSERT INTO platform.sector (id, name) VALUES (1, 'Zoo'), (2, 'Écologie'), (3, 'Droit');
            INSERT INTO platform.organisation_group (id, name, is_public) VALUES (4, 'Zèbre', false), (5, 'État', true);
            \([1, 2, 3].map { StatisticsRows.item("sector", $0, seats: $0) }.joined())
            \([0, 4, 5].map { StatisticsRows.item("group", $0, seats: $0 + 1) }.joined())
            """
        try await Self.run(rows) { world in
            let answer = try await world.call(.get, "/v1/statistics/departments/75?school_year=2021")
            guard case .object(let platform)? = answer.members["on_platform"],
                case .array(let sectors)? = platform["by_sector"],
                case .array(let groups)? = platform["by_group"]
            else { throw Unexpected(what: answer.text) }
            func names(_ items: [JSONValue]) -> [String] {
                items.compactMap { item in
                    guard case .object(let item) = item, case .integer(let id)? = item["id"],
                        case .integer(let seats)? = item["seats"], case .string(let name)? = item["name"]
                    else { return nil }
                    return "\(id) \(name) \(seats)"
                }
            }
            #expect(names(sectors) == ["3 Droit 3", "2 Écologie 2", "1 Zoo 1"])
            #expect(names(groups) == ["5 État 6", "4 Zèbre 5", "0 Indépendant 1"])
            guard case .object(let first)? = groups.first else { throw Unexpected(what: answer.text) }
            #expect(first.keys.sorted() == StatisticsRows.itemMembers)
        }
    }

    /// Refreshes of a year commit while its page is read again and again.
    @Test func noAnswerMixesTheFiguresOfTwoRefreshes() async throws {
        try await Self.run { world in
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await world.database.withConnection { connection in
                        for number in 1...150 {
                            try await connection.run(script: StatisticsRows.replaceAll(by: number))
                        }
                    }
                }
                group.addTask {
                    var seen: Set<Int64> = []
                    while !seen.contains(150) {
                        let answer = try await world.call(.get, "/v1/statistics/departments/75?school_year=2021")
                        guard case .object(let platform)? = answer.members["on_platform"],
                            case .array(let sectors)? = platform["by_sector"],
                            let block = StatisticsRows.integers(.object(platform), "seats")["total"],
                            case .integer(let total)? = answer.members["grand_total"],
                            case .string(let instant)? = answer.members["refreshed_at"]
                        else { throw Unexpected(what: answer.text) }
                        let items = sectors.map { StatisticsRows.integers(.object(["sector": $0]), "seats")["sector"] }
                        #expect(total == block && items.allSatisfy { $0 == total }, "\(answer.text)")
                        #expect(total == 0 || instant == StatisticsRows.instant(Int(total)), "\(answer.text)")
                        seen.insert(total)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: - What is not there

    @Test func aYearThatWasNeverComputedIsNotZero() async throws {
        try await Self.run { world in
            // The current year, which is the default, and a past one.
            for path in ["departments/75", "ministries/3", "global", "global?school_year=2020"] {
                try await world.pool.execute(
                    """
                    INSERT INTO platform.organisation_group (id, name, is_public) VALUES (3, 'Ministère', true)
                    ON CONFLICT DO NOTHING
                    """
                )
                let answer = try await world.call(.get, "/v1/statistics/\(path)")
                #expect(answer.status == 503 && answer.slug == "figures-not-computed", "\(path): \(answer.text)")
                #expect(answer.headers[.retryAfter] == "60" && answer.headers[.cacheControl] == "no-store")
                #expect(answer.headers[.eTag] == nil)
            }
        }
    }

    @Test func theYearThatPagesShowFirstIsTheDefault() async throws {
        try await Self.run { world in
            let year: Int = try await #require(
                world.pool.query("SELECT statistics.current_school_year() AS year").first
            ).decode("year")
            try await world.database.withConnection { connection in
                try await connection.run(script: StatisticsRows.global(year, at: Self.refreshedAt))
            }
            for path in ["departments/75", "global"] {
                let answer = try await world.call(.get, "/v1/statistics/\(path)")
                #expect(answer.members["school_year"] == .integer(Int64(year)))
            }
        }
    }

    @Test(arguments: [
        ("departments/99", 404, "unknown-department"), ("departments/FR", 404, "unknown-department"),
        ("departments/2a", 404, "unknown-department"), ("ministries/5", 404, "unknown-ministry"),
        ("ministries/4", 404, "unknown-ministry"), ("ministries/0", 404, "unknown-ministry"),
        ("ministries/x", 404, "unknown-ministry"), ("ministries/9223372036854775808", 404, "unknown-ministry"),
        ("ministries/3?department=99", 422, "no-such-figures"), ("ministries/3?department=FR", 422, "no-such-figures"),
        ("departments/75?school_year=2018", 422, "no-such-figures"),
        ("global?school_year=2100", 422, "no-such-figures"),
        ("ministries/3?school_year=-1", 422, "no-such-figures"),
        ("global?school_year=99999999999", 422, "no-such-figures"),
        ("departments/75?school_year=2021-2022", 400, "invalid-query"), ("global?school_year=", 400, "invalid-query"),
        ("departments/75?department=75", 400, "invalid-query"), ("global?year=2021", 400, "invalid-query"),
        ("departments", 404, "unknown-path"),
    ])
    func whatNothingIsCountedOfIsRefused(_ path: String, _ status: Int, _ slug: String) async throws {
        let groups = """
            INSERT INTO platform.organisation_group (id, name, is_public)
            VALUES (3, 'Ministère', true), (4, 'Entreprise', false);
            """
        try await Self.run(groups) { world in
            let answer = try await world.call(.get, "/v1/statistics/\(path)")
            #expect(answer.status == status && answer.slug == slug, "\(answer.text)")
            if slug == "no-such-figures" { #expect(answer.errors.count == 1) }
        }
    }

    // MARK: - Who may see it, and who may keep it

    @Test func everybodySeesTheGlobalPageAndNobodyElsesWithoutAToken() async throws {
        try await Self.run("INSERT INTO platform.organisation_group (id, name, is_public) VALUES (3, 'M', true);") {
            world in
            let metrics = try await world.makeToken("metrics", [.metrics])
            for path in ["departments/75", "ministries/3"].map({ "/v1/statistics/\($0)?school_year=2021" }) {
                #expect(try await world.call(.get, path, as: .nobody).slug == "no-token")
                #expect(try await world.call(.get, path, as: .holder(metrics)).slug == "scope-too-small")
                for scope in [Scope.operator, .viewer] {
                    let token = try await world.makeToken("\(scope.rawValue).\(path.count)", [scope])
                    #expect(try await world.call(.get, path, as: .holder(token)).status == 200)
                }
                let answer = try await world.call(.get, path)
                #expect(answer.status == 200 && answer.headers[.cacheControl] == "private, no-cache")
            }
            let path = "/v1/statistics/global?school_year=2021"
            for bearer in [IntakeWorld.Bearer.nobody, .holder("wrong"), .holder(metrics)] {
                let answer = try await world.call(.get, path, as: bearer)
                #expect(answer.status == 200 && answer.headers[.cacheControl] == "public, max-age=60")
            }
        }
    }

    @Test func whoeverHasTheAnswerIsToldSo() async throws {
        let rows =
            "INSERT INTO platform.sector (id, name) VALUES (1, 'Mode');" + StatisticsRows.item("sector", 1, seats: 1)
        try await Self.run(rows) { world in
            let path = "/v1/statistics/departments/75?school_year=2021"
            let whole = try await world.call(.get, path)
            let tag = try #require(whole.headers[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            for known in [tag, "W/\(tag)", "\"other\" , \(tag)", "*"] {
                let answer = try await world.call(.get, path, headers: [.ifNoneMatch: known])
                #expect(answer.status == 304 && answer.bytes.isEmpty, "\(known)")
                #expect(answer.headers[.eTag] == tag && answer.headers[.cacheControl] == "private, no-cache")
            }
            for other in ["\"other\"", "W/\"\"", String(tag.dropLast(2)) + "\"", ""] {
                let answer = try await world.call(.get, path, headers: [.ifNoneMatch: other])
                #expect(answer.status == 200 && answer.text == whole.text, "\(other)")
            }
            let head = try await world.call(.head, path)
            #expect(head.status == 200 && head.bytes.isEmpty && head.headers[.eTag] == tag)
            #expect(head.headers[.contentLength] == "\(whole.bytes.count)")
            #expect(try await world.call(.head, path, headers: [.ifNoneMatch: tag]).status == 304)

            // Another name, and another refresh that found the same, are another answer.
            for change: SQL in [
                "UPDATE platform.sector SET name = 'Modes'",
                "UPDATE statistics.global_figures SET refreshed_at = now()",
            ] {
                let before = try #require(try await world.call(.get, path).headers[.eTag])
                try await world.pool.execute(change)
                let answer = try await world.call(.get, path, headers: [.ifNoneMatch: before])
                #expect(answer.status == 200 && answer.headers[.eTag] != before)
            }
        }
    }
}
