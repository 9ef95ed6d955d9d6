import Platform
import Postgres
import Testing

@testable import workers

/// Figures counted by hand, each against a fault that such a page has had.
@Suite struct StatisticsFiguresTests {
    private static let platform = """
        SET TimeZone = 'UTC';
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris'), ('59', 'Nord', 'Lille');
        INSERT INTO platform.week SELECT to_char(d, 'IYYY-"W"IW'), d, d + 6
            FROM generate_series(date '2021-08-23', date '2021-09-06', interval '7 days') s, LATERAL (SELECT s::date AS d) x;
        INSERT INTO platform.organisation_group (id, name, is_public, is_paqte) VALUES
            (1, 'Signataire', false, true), (2, 'Autre', false, false), (3, 'Ministère', true, false);
        INSERT INTO platform.sector (id, name) VALUES (1, 'Mode');
        INSERT INTO platform.association (id, name, target_count) VALUES (1, 'Association', 10);
        INSERT INTO platform.account (id, kind, email, first_name, last_name, gender) VALUES
            (1, 'employer', 'e@relais.test', 'E', 'E', 'np'), (2, 'student', 'm@relais.test', 'M', 'M', 'm'),
            (3, 'student', 'f@relais.test', 'F', 'F', 'f'), (4, 'student', 'n@relais.test', 'N', 'N', 'np');
        """

    private func world(_ rows: String, _ body: (StatisticsWorld) async throws -> Void) async throws {
        try await StatisticsWorld.run { world in
            try await world.run(script: Self.platform + rows)
            try await world.refresh()
            try await body(world)
            #expect(try await world.difference() == nil)
        }
    }

    private static func offer(
        _ id: Int,
        seats: Int,
        group: Int? = nil,
        isPublic: Bool = false,
        permalink: Bool = false,
        from first: String = "2021-11-08",
        to last: String = "2021-11-12",
        createdAt: String = "2021-10-01T12:00Z"
    ) -> String {
        """
        INSERT INTO platform.offer (id, title, max_candidates, owner_id, sector_id, group_id, is_public,
            department_code, academy, employer_name, permalink, first_date, last_date, created_at)
        VALUES (\(id), 'T', \(seats), 1, 1, \(group.map(String.init) ?? "NULL"), \(isPublic), '75', 'Paris', 'E',
            \(permalink ? "'https://a.test'" : "NULL"), '\(first)', '\(last)', '\(createdAt)');
        """
    }

    private static func accepted(_ offer: Int, by student: Int, at instant: String, signed: Bool = false) -> String {
        """
        INSERT INTO platform.application (offer_id, student_id, state, submitted_at, approved_at, convention_signed_at)
        VALUES (\(offer), \(student), '\(signed ? "convention_signed" : "approved")', '\(instant)', '\(instant)',
            \(signed ? "'\(instant)'" : "NULL"));
        """
    }

    @Test func blocksExcludeEachOtherAndPaqteIsNotFlipped() async throws {
        let rows = [
            Self.offer(1, seats: 1, group: 1), Self.offer(2, seats: 10, group: 2), Self.offer(3, seats: 100),
            Self.offer(4, seats: 150, group: 3, isPublic: true),
            Self.offer(5, seats: 7, group: 1, permalink: true),
            Self.offer(6, seats: 8, isPublic: true, permalink: true),
        ]
        try await world(rows.joined()) { world in
            try await world.expect(
                [150, 15, 111, 1, 276],
                from: """
                    SELECT array_agg(seats ORDER BY block) FROM statistics.platform_figures
                    WHERE school_year = 2021 AND ministry_id = 0 AND department_code = '75'
                    """
            )
            // The ministry has the public offer that names it, in all of France and in its département.
            try await world.expect(
                [150, 150, 150, 150],
                from: """
                    SELECT array_agg(seats ORDER BY department_code, block) FROM statistics.platform_figures
                    WHERE school_year = 2021 AND ministry_id = 3
                    """
            )
        }
    }

    @Test func girlsAreCountedAndSignedAgreementsStayFilled() async throws {
        let rows = [
            Self.offer(1, seats: 5),
            Self.accepted(1, by: 2, at: "2021-10-10T12:00Z"),
            Self.accepted(1, by: 3, at: "2021-10-10T12:00Z", signed: true),
            Self.accepted(1, by: 4, at: "2021-10-10T12:00Z"),
        ]
        try await world(rows.joined()) { world in
            try await world.expect(
                [3, 3, 1, 1, 1],
                from: """
                    SELECT ARRAY[applications, accepted, accepted_m, accepted_f, accepted_np]
                    FROM statistics.platform_figures
                    WHERE school_year = 2021 AND ministry_id = 0 AND department_code = '75' AND block = 'companies'
                    """
            )
        }
    }

    /// Midnight in Paris, not in UTC, parts the months; what is before September or after August is not dropped.
    @Test func theLastPointOfASeriesIsTheTotal() async throws {
        let rows = [
            Self.offer(1, seats: 1, createdAt: "2021-06-01T12:00Z"),
            Self.offer(2, seats: 2, createdAt: "2021-09-30T21:59:59Z"),
            Self.offer(3, seats: 4, createdAt: "2021-09-30T22:00Z"),
            Self.offer(4, seats: 8, createdAt: "2022-08-31T22:00Z"),
            Self.accepted(1, by: 2, at: "2022-01-31T22:59:59Z"), Self.accepted(2, by: 2, at: "2022-01-31T23:00Z"),
        ]
        try await world(rows.joined()) { world in
            let total: SQL = "school_year = 2021 AND ministry_id = 0 AND department_code = 'FR' AND block = 'total'"
            try await world.expect(
                [3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 15],
                from: "SELECT seats_by_month FROM statistics.platform_figures WHERE \(fragment: total)"
            )
            try await world.expect(
                [0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2],
                from: "SELECT accepted_by_month FROM statistics.platform_figures WHERE \(fragment: total)"
            )
        }
    }

    @Test func oneDayOffersCountAndAnOfferOverTwoYearsCountsInBoth() async throws {
        let rows = [
            Self.offer(1, seats: 1, from: "2021-08-31", to: "2021-08-31"),
            Self.offer(2, seats: 2, from: "2021-09-01", to: "2021-09-01"),
            Self.offer(3, seats: 4, from: "2021-08-31", to: "2021-09-01"),
        ]
        try await world(rows.joined()) { world in
            try await world.expect(
                [5, 6],
                from: """
                    SELECT array_agg(seats ORDER BY school_year) FROM statistics.platform_figures
                    WHERE ministry_id = 0 AND department_code = 'FR' AND block = 'total'
                    """
            )
        }
    }

    /// The year begins with week 35, which holds 1 September 2021; talks count nowhere, seats in no total of filled ones.
    @Test func grandTotalIsFilledOnThePlatformAndOffIt() async throws {
        let placements = """
            INSERT INTO platform.off_platform_placement
                (association_id, is_public, group_id, department_code, type, seats, seats_used, week, updated_at)
            SELECT 1, is_public, group_id, '59', type, 99, used, week, now() FROM (VALUES
                (false, 1, 'on_site', 1, '2021-W35'), (false, 2, 'remote', 2, '2021-W36'),
                (true, 3, 'hybrid', 4, '2021-W35'), (false, 1, 'talk', 8, '2021-W35'),
                (false, 1, 'on_site', 16, '2021-W34')) AS v(is_public, group_id, type, used, week);
            """
        let rows = Self.offer(1, seats: 50) + Self.accepted(1, by: 2, at: "2021-10-10T12:00Z") + placements
        try await world(rows) { world in
            try await world.expect(
                [1, 1, 2, 4, 3, 1, 4, 7, 8],
                from: """
                    SELECT ARRAY[on_platform, on_site, remote, hybrid, private, private_paqte, public, off_platform,
                        grand_total] FROM statistics.filled_figures
                    WHERE school_year = 2021 AND ministry_id = 0 AND department_code = 'FR'
                    """
            )
            try await world.expect(
                [6, 2, 8],
                from: """
                    SELECT ARRAY[filled_on_site, filled_remote, filled] FROM statistics.global_figures
                    WHERE school_year = 2021
                    """
            )
        }
    }
}
