import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// A change makes exactly the figures that depend on it stale, and no refresh forgets it.
@Suite struct StatisticsStalenessTests {
    private func world(_ body: (StatisticsWorld) async throws -> Void) async throws {
        try await StatisticsWorld.run(seed: 5, body)
    }

    @Test func aPageViewOrADraftMakesNothingStale() async throws {
        try await world { world in
            try await world.run(
                script: """
                    UPDATE platform.offer SET view_count = view_count + 1, title = 'Autre titre';
                    UPDATE platform.application SET reminded_at = now();
                    DELETE FROM platform.application WHERE state = 'drafted';
                    UPDATE platform.account SET first_name = 'Autre';
                    """
            )
            #expect(try await world.staleYears() == [])
        }
    }

    @Test func aChangeThatRollsBackMakesNothingStale() async throws {
        try await world { world in
            try await world.run(script: "BEGIN; UPDATE platform.offer SET max_candidates = 200; ROLLBACK;")
            #expect(try await world.staleYears() == [])
        }
    }

    @Test func aChangeThatCommitsAfterARefreshIsCountedByTheNext() async throws {
        try await world { world in
            try await world.database.withConnection { writer in
                try await writer.transaction { writer in
                    _ = try await writer.execute(
                        "UPDATE platform.offer SET max_candidates = max_candidates % 200 + 1 WHERE id % 2 = 0"
                    )
                    // Sees neither the change nor its mark; another change of the same years must not cover it either.
                    try await world.run(script: "UPDATE platform.offer SET sector_id = 1 WHERE id % 2 = 1")
                    try await world.refresh()
                    #expect(try await world.staleYears() == [])
                }
            }
            #expect(try await !world.staleYears().isEmpty)
            try await world.refresh()
            #expect(try await world.difference() == nil)
        }
    }

    @Test func aRefreshThatWaitedCountsWhatChangedMeanwhile() async throws {
        try await world { world in
            try await world.database.withConnection { first in
                try await first.run(script: "BEGIN")
                _ = try await first.query(RefreshSQL.lock([2020]))
                async let second = world.refresh(StatisticsRefresh(schoolYear: SchoolYear(startingIn: 2020)))
                try await waitForAWaiter(world)
                try await world.run(script: "UPDATE platform.offer SET max_candidates = 33")
                try await first.run(script: "COMMIT")
                _ = try await second
            }
            #expect(try await !world.staleYears().contains(2020))
            try await world.refresh()
            #expect(try await world.difference() == nil)
        }
    }

    /// One row per year that all writers updated would make them wait for each other until they commit.
    @Test func writersOfAYearDoNotWaitForEachOther() async throws {
        try await world { world in
            try await world.database.withConnection { first in
                try await first.run(script: "BEGIN; UPDATE platform.offer SET max_candidates = 1 WHERE id = 1")
                try await world.run(
                    script: "SET lock_timeout = '60s'; UPDATE platform.offer SET max_candidates = 1 WHERE id > 1"
                )
                try await first.run(script: "COMMIT")
            }
        }
    }

    @Test func aRefreshThatLostItsClaimChangesNothing() async throws {
        try await world { world in
            try await world.run(script: "UPDATE platform.offer SET max_candidates = 200")
            let stale = try await world.staleYears()
            await #expect(throws: LedgerError.self) {
                try await world.refresh { id in
                    _ = try await world.pool.execute(
                        "UPDATE relais.job SET claim = gen_random_uuid() WHERE id = \(id.uuid)"
                    )
                }
            }
            #expect(try await world.staleYears() == stale)
            #expect(try await world.difference() != nil)
        }
    }

    @Test(arguments: ["DISABLE TRIGGER statistics_updated", "DISABLE TRIGGER statistics_truncated"])
    func withoutATriggerEachTickRefreshesTheCurrentYear(change: String) async throws {
        try await world { world in
            try await world.run(script: "ALTER TABLE platform.application \(change)")
            let current = try await world.integers("SELECT ARRAY[statistics.current_school_year()]")
            #expect(try await world.staleYears() == current)
            try await world.refresh()
            #expect(try await world.staleYears() == current)
        }
    }

    private func waitForAWaiter(_ world: StatisticsWorld) async throws {
        try await eventually("a refresh to wait for the lock") {
            let waiting = try await world.integers(
                """
                SELECT array_agg(1) FROM pg_locks
                WHERE locktype = 'advisory' AND classid = 7255 AND NOT granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                HAVING count(*) > 0
                UNION ALL SELECT '{}' LIMIT 1
                """
            )
            return !waiting.isEmpty
        }
    }
}
