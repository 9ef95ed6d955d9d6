import JobEngine
import Platform
import Postgres
import Testing

@testable import workers

/// What no page shows and a column holds all the same: counted where it belongs, and never at the cost of the others.
@Suite struct StatisticsOddValuesTests {
    private func world(_ body: (StatisticsWorld) async throws -> Void) async throws {
        try await StatisticsWorld.run(seed: 7, body)
    }

    /// Counted through year by year, they kept the platform's own statement waiting for seconds, or failed it.
    @Test(arguments: ["infinity", "5874897-12-31"])
    func anOfferUntilTheEndOfTimeCountsInEveryYear(_ last: String) async throws {
        try await world { world in
            let known = try await world.integers("SELECT array(SELECT statistics.known_school_years())")
            try await world.run(
                script: """
                    UPDATE platform.offer SET first_date = '2019-10-01', last_date = '2019-10-01' WHERE id = 1;
                    DELETE FROM statistics.stale;
                    UPDATE platform.offer SET last_date = '\(last)' WHERE id = 1;
                    """
            )
            #expect(try await world.staleYears() == known)
            try await world.refresh()
            #expect(try await world.difference() == nil)
            try await world.run(
                script: """
                    INSERT INTO platform.application (offer_id, student_id, state, submitted_at)
                        SELECT 1, id, 'submitted', now() FROM platform.account WHERE kind = 'student'
                        ON CONFLICT (offer_id, student_id) DO UPDATE SET state = 'submitted', submitted_at = now();
                    """
            )
            #expect(try await world.staleYears() == known)
            // What a statement counts through is bounded.
            try await world.expect(
                [2018, 2100],
                from: """
                    SELECT ARRAY[statistics.school_year_of('-infinity'),
                        statistics.school_year_of(\(last)::text::date)]
                    """
            )
        }
    }

    @Test(arguments: ["infinity", "-infinity", "294276-12-31 23:59:59Z", "4713-01-01 BC"])
    func anInstantOfNoCalendarCountsAtTheEndOfItsSeries(_ instant: String) async throws {
        try await world { world in
            try await world.run(
                script: """
                    UPDATE platform.offer SET created_at = '\(instant)';
                    UPDATE platform.application SET approved_at = '\(instant)' WHERE state = 'approved';
                    UPDATE platform.off_platform_placement SET updated_at = '\(instant)';
                    """
            )
            try await world.refresh()
            #expect(try await world.difference() == nil)
        }
    }

    /// The relations' own check lets it through: of infinity there is neither week nor year.
    @Test func aWeekThatIsNoneCountsInNoYear() async throws {
        try await world { world in
            try await world.run(
                script: """
                    INSERT INTO platform.week VALUES ('sans fin', 'infinity', 'infinity');
                    INSERT INTO platform.off_platform_placement
                        (association_id, is_public, department_code, type, seats, seats_used, week, updated_at)
                        VALUES (1, true, '75', 'on_site', 5, 5, 'sans fin', now());
                    UPDATE platform.off_platform_placement SET week = 'sans fin' WHERE id % 3 = 0;
                    """
            )
            try await world.refresh()
            #expect(try await world.difference() == nil)
        }
    }

    @Test func billionsOfPlacementsAreAFigureLikeAnyOther() async throws {
        try await world { world in
            try await world.run(
                script: """
                    INSERT INTO platform.off_platform_placement
                        (association_id, is_public, department_code, type, seats, seats_used, week, updated_at)
                        SELECT 1, n = 1, '75', 'on_site', 0, 2000000000, '2021-W37', now() FROM generate_series(1, 2) n
                    """
            )
            try await world.refresh()
            #expect(try await world.difference() == nil)
            let filled = try await world.integers(
                "SELECT ARRAY[filled_on_site] FROM statistics.global_figures WHERE school_year = 2021"
            )
            #expect(filled[0] > 4_000_000_000)
        }
    }

    /// A view may hold larger numbers than the relations of this repository.
    @Test func aYearThatCannotBeComputedLeavesTheOthersInOrder() async throws {
        try await world { world in
            let placements: SQL = "SELECT array_agg(grand_total ORDER BY school_year) FROM statistics.filled_figures"
            let before = try await world.integers("\(fragment: placements) WHERE school_year = 2020")
            try await world.run(
                script: """
                    ALTER TABLE platform.off_platform_placement ALTER seats_used TYPE bigint;
                    INSERT INTO platform.off_platform_placement
                        (association_id, is_public, department_code, type, seats, seats_used, week, updated_at)
                        SELECT 1, true, '75', 'on_site', 0, 9000000000000000000, '2020-W52', now()
                        FROM generate_series(1, 2);
                    UPDATE platform.off_platform_placement SET seats_used = seats_used + 1
                        WHERE week IN ('2021-W52', '2022-W52');
                    """
            )
            let stale = try await world.staleYears()
            #expect(stale.contains(2020) && stale.count > 1)
            let (job, outcome) = try await world.attempt()
            guard case .discard(let reason) = outcome else {
                Issue.record("expected the refresh to be given up")
                return
            }
            try await world.end(job, .dead)
            #expect(reason == "these school years cannot be computed: 2020 (22003: bigint out of range)")
            #expect(try await world.staleYears() == [2020])
            #expect(try await world.integers("\(fragment: placements) WHERE school_year = 2020") == before)
            try await world.run(script: "UPDATE platform.off_platform_placement SET seats_used = 3 WHERE seats = 0")
            try await world.refresh()
            #expect(try await world.difference() == nil)
        }
    }
}
