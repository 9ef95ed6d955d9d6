import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Backoff")
struct BackoffTests {
    @Test func growsWithTheFourthPowerFromItsFloorToItsCeiling() {
        let waits = [1, 2, 3, 4].map { Backoff.standard.delay(afterFailures: $0, jitter: 0) }
        #expect(waits == [.seconds(15), .seconds(30), .seconds(95), .seconds(270)])
        #expect(Backoff.standard.delay(afterFailures: 20, jitter: 0) == .seconds(24 * 3600))
        #expect(Backoff.standard.delay(afterFailures: .max, jitter: 0) == .seconds(24 * 3600))
    }

    @Test(arguments: [Int.min, -1, 0, 1])
    func waitsForItsFloorAtLeast(_ failures: Int) {
        #expect(Backoff.standard.delay(afterFailures: failures, jitter: 0) == .seconds(15))
    }

    @Test(arguments: [1, 5, 20])
    func jitterFillsItsWholeRangeAndNoMore(_ failures: Int) {
        let base = Backoff.standard.delay(afterFailures: failures, jitter: 0).inSeconds
        var tenths = Set<Int>()
        for _ in 0..<2000 {
            let share = Backoff.standard.delay(afterFailures: failures).inSeconds / base - 1
            #expect(share >= -1e-9 && share < 0.1)
            tenths.insert(Int(share * 100))
        }
        #expect(tenths == Set(0...9), "each tenth of the range is drawn")
    }

    @Test func jitterOutOfItsRangeIsBounded() {
        let wait = Backoff.standard.delay(afterFailures: 1, jitter: 0)
        #expect(Backoff.standard.delay(afterFailures: 1, jitter: -5) == wait)
        #expect(Backoff.standard.delay(afterFailures: 1, jitter: 7) == .milliseconds(16_500))
    }
}

@Suite("Verdict: what an end means for the ledger")
struct VerdictTests {
    struct Broken: Error {}

    private static let backoff = Backoff(floor: .seconds(10), ceiling: .seconds(20))

    private func words(_ verdict: Verdict) -> String {
        switch verdict {
        case .end(let ending):
            "\(ending.state.rawValue) \(ending.reason ?? "-") \(ending.failed ? "charged" : "free")"
                + " \(ending.errorClass ?? "-")"
        case .giveBack(let back):
            "back \(back.reason ?? "-") \(back.charge.rawValue) \(back.errorClass ?? "-")"
        case .committed(let state): "committed \(state.rawValue)"
        case .nothing: "nothing"
        }
    }

    @Test func isTheSameForEachOutcomeAndInterruption() async throws {
        try await withEngineWorld { world in
            let job = try await world.sample()
            let outcomes: [(JobOutcome, String)] = [
                (.done(), "done - free -"),
                (.obsolete(because: "active"), "obsolete active free -"),
                (.discard(because: "gone"), "dead gone charged discard"),
                (.retry(because: "busy"), "back busy failure retry"),
                (.snooze(.seconds(5)), "back - snooze -"),
                (.committed(CommittedFinish(state: .done)), "committed done"),
            ]
            for (outcome, text) in outcomes {
                #expect(words(Verdict(of: outcome, for: job, limit: 3, backoff: Self.backoff)) == text)
            }
            let interruptions: [(Interruption, String)] = [
                (.stopped, "back - nothing -"),
                (.claimLost, "nothing"),
                (.threw(LedgerError.claimLost(job.id)), "nothing"),
                (.tooSlow(.seconds(1)), "back expected an end within 1.0 seconds, none came failure run-limit"),
            ]
            for (interruption, text) in interruptions {
                #expect(words(Verdict(of: interruption, for: job, limit: 3, backoff: Self.backoff)) == text)
            }
            let thrown = words(Verdict(of: .threw(Broken()), for: job, limit: 3, backoff: Self.backoff))
            #expect(thrown.hasPrefix("back an error of type") && thrown.contains("failure"))
        }
    }

    @Test func lastFailureIsDeathAndTheOneBeforeWaitsForItsBackoff() async throws {
        try await withEngineWorld { world in
            let busy = JobOutcome.retry(because: "busy")
            let last = try await world.sample(failures: 2)
            #expect(words(Verdict(of: busy, for: last, limit: 3, backoff: Self.backoff)) == "dead busy charged retry")
            let before = try await world.sample(failures: 1)
            let usual = try #require(Self.delay(busy, before))
            #expect(usual >= .seconds(20) && usual <= .seconds(22))
            #expect(Self.delay(.retry(after: .seconds(77), because: "busy"), before) == .seconds(77))
            #expect(Self.delay(.snooze(.seconds(5)), before) == .seconds(5))
        }
    }

    private static func delay(_ outcome: JobOutcome, _ job: ClaimedJob) -> Duration? {
        guard case .giveBack(let back) = Verdict(of: outcome, for: job, limit: 3, backoff: Self.backoff) else {
            return nil
        }
        return back.delay
    }
}

extension EngineWorld {
    /// A job that is in no table, for decisions that look at its counters alone.
    func sample(failures: Int = 0) async throws -> ClaimedJob {
        let rows = try await pool.query(
            """
            SELECT gen_random_uuid() AS id, 'test.work' AS kind, 'work' AS queue, '{}'::jsonb AS arguments,
                NULL::bigint AS subject, gen_random_uuid() AS claim, 1 AS attempt, \(failures)::int AS failures,
                0 AS crashes, 0 AS snoozes, now() AS created_at, now() AS first_claimed_at, now() AS claimed_at,
                NULL::timestamptz AS deadline, false AS is_past_deadline, NULL AS traceparent
            """
        )
        return try ClaimedJob(try #require(rows.first))
    }
}
