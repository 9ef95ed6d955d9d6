import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 10: every operator's act leaves its row in the same transaction")
struct AuditTests {
    @Test func everyActLeavesAnAuditRowOrNothingAtAll() async throws {
        try await withEngineWorld { world in
            let dead = try await world.enqueue(Work())
            let discarded = try await world.enqueue(Work(number: 2))
            try await world.kill([dead, discarded])
            let waiting = try await world.enqueue(Work(), runAt: Date(timeIntervalSinceNow: 3600))
            let cancelled = try await world.enqueue(Work(), runAt: Date(timeIntervalSinceNow: 3600))
            let process = try await world.registerProcess()
            let acts: [(action: String, act: @Sendable (Act) async throws -> Void)] = [
                ("queue.pause", { try await world.act(\.isPaused, true, $0) }),
                ("queue.change", { try await world.act(\.runningLimit, .set(3), $0) }),
                ("queue.resume", { try await world.act(\.isPaused, false, $0) }),
                ("process.quiet", { _ = try await world.ledger.ask(.quiet, of: process, $0) }),
                ("process.wake", { _ = try await world.ledger.ask(.wake, of: process, $0) }),
                ("process.stop", { _ = try await world.ledger.ask(.stop, of: process, $0) }),
                ("job.retry", { _ = try await world.ledger.retry(waiting, $0) }),
                ("job.cancel", { _ = try await world.ledger.cancel(cancelled, $0) }),
                ("job.discard", { _ = try await world.ledger.discard(discarded, $0) }),
                (
                    "replay.order",
                    { _ = try await world.ledger.replay(ReplayOrder(filter: DeadFilter(), rate: .tenPerSecond), $0) }
                ),
                ("replay.stop", { _ = try await world.ledger.stopReplay(world.latestReplay(), $0) }),
                ("job.retry", { _ = try await world.ledger.retry(dead, $0) }),
            ]
            // A reason that the audit refuses: what the act did is undone with it.
            let refused = Act(actor: "tests", reason: String(repeating: "x", count: 501))
            for (number, (action, act)) in acts.enumerated() {
                let before = try await world.everything()
                await #expect(throws: PostgresError.self, "\(action)") { try await act(refused) }
                let after = try await world.everything()
                #expect(after == before, "\(action) left something behind")
                try await act(.test)
                let rows = try await world.ledger.audit(limit: 100)
                #expect(rows.count == number + 1)
                #expect(rows.first?.action == action && rows.first?.actor == "tests")
                #expect(rows.first?.reason == Act.test.reason)
                #expect(try await world.everything() != before, "\(action) did nothing")
            }
        }
    }

    @Test func theAuditSaysWhatWasBeforeAndAfter() async throws {
        try await withEngineWorld { world in
            try await world.change("work") { $0.rate = Rate("100/minute").map { .set($0) } ?? .keep }
            let row = try #require(await world.ledger.audit(target: "queue:work", limit: 1).first)
            let detail = try row.detail.decode(JSONValue.self)
            guard case .object(let members) = detail, case .object(let after)? = members["after"],
                case .object(let before)? = members["before"]
            else {
                Issue.record("expected before and after, got \(row.detail.text)")
                return
            }
            #expect(before["rate"] == .null && after["rate"] == .string("100/minute"))
        }
    }

    @Test(arguments: ["", "   ", "a\0b", String(repeating: "é", count: 501)])
    func aReasonThatSaysNothingOrTooMuchIsRefused(_ reason: String) {
        #expect(AuditEntry.fault(inReason: reason) != nil)
        #expect(AuditEntry.fault(inReason: String(repeating: "é", count: 500)) == nil)
    }
}

extension EngineWorld {
    fileprivate func act<Value>(
        _ setting: WritableKeyPath<QueueChange, Value>,
        _ value: Value,
        _ act: Act
    ) async throws {
        var change = QueueChange()
        change[keyPath: setting] = value
        _ = try await ledger.change("work", change, act)
    }

    fileprivate func latestReplay() async throws -> Int64 {
        try #require(await ledger.replays(limit: 1).first).number
    }

    /// All that acts may change, as one text.
    fileprivate func everything() async throws -> String {
        let rows = try await pool.query(
            """
            SELECT (SELECT jsonb_agg(to_jsonb(q) ORDER BY q.name) FROM relais.queue q)::text
                || (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.id), '[]') FROM relais.process p)::text
                || (SELECT coalesce(jsonb_agg(to_jsonb(j) ORDER BY j.id), '[]') FROM relais.job j)::text
                || (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.id), '[]') FROM relais.job_finished f)::text
                || (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.id), '[]') FROM relais.replay r)::text
                || (SELECT count(*) FROM relais.replay_job)::text || (SELECT version FROM relais.control)::text
                || (SELECT count(*) FROM relais.audit)::text AS everything
            """
        )
        return try #require(rows.first).decode("everything")
    }
}
