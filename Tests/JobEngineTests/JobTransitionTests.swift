import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

/// Walks the table of transitions: carries out each row once where its predicate holds and once where it does not,
/// and compares what changed with what the row says.
@Suite("The table of transitions says what the statements do")
struct JobTransitionTests {
    @Test(arguments: JobTransition.all)
    func eachRowMovesTheJobAsItSaysAndCountsNothingElse(_ transition: JobTransition) async throws {
        try await withEngineWorld { world in
            var walk = try await Walk(transition, in: world)
            let before = try await walk.counters()
            if transition.from != nil {
                try await walk.stepWithoutItsPredicate(transition)
                let untouched = try await walk.counters()
                #expect(untouched == before, "the predicate '\(transition.predicate)' does not hold")
                let state = try await world.job(walk.id).state
                #expect(state == transition.from)
            }
            try await walk.step(transition)
            let job = try await world.job(walk.id)
            #expect(job.state == transition.to)
            var expected = before
            for counter in transition.counters { expected[counter, default: 0] += 1 }
            let after = try await walk.counters()
            #expect(after == expected)
            let leavesFailure = transition.writes.contains("failure row")
            let failures = try await world.ledger.failures(of: walk.id)
            #expect(failures.count == (leavesFailure ? 1 : 0))
            let isHot = try await world.count("SELECT count(*) FROM relais.job WHERE id = \(walk.id.uuid)") == 1
            #expect(isHot == !transition.to.isFinished)
        }
    }

    @Test func everyStateIsReachedAndEveryUnfinishedStateLeft() {
        let reached = Set(JobTransition.all.map(\.to))
        let left = Set(JobTransition.all.compactMap(\.from))
        #expect(reached == Set(JobState.allCases))
        #expect(left == [.pending, .dispatched, .running])
        #expect(left.allSatisfy { !$0.isFinished })
    }
}

/// One job, brought into the state from which a transition starts.
private struct Walk {
    struct NoStep: Error {
        let event: String
    }

    let world: EngineWorld
    var id: JobID
    private let process: Int64
    private var batch: MarkedBatch?
    private var claimed: ClaimedJob?

    init(_ transition: JobTransition, in world: EngineWorld) async throws {
        self.world = world
        process = try await world.registerProcess()
        id = JobID(UUID())
        guard let from = transition.from else { return }
        id = try await transition.isSuperseding ? world.enqueue(Waiting()) : world.enqueue(Work())
        if from == .pending { return }
        batch = try await world.ledger.mark(queue: "work", relay: process, limit: 10)
        if from == .dispatched { return }
        claimed = try await claim(under: try #require(batch).entries.map(\.message)).first
        try await suspect(transition.event)
    }

    /// Gives the running job the crashes that its transition presupposes.
    private func suspect(_ event: String) async throws {
        let counts = ["rescue from the wait to be alone": (2, 0, false), "crash loop": (4, 2, true)]
        guard let (crashes, alone, isAlone) = counts[event] else { return }
        _ = try await world.pool.execute(
            """
            UPDATE relais.job SET crashes = \(crashes), lone_crashes = \(alone), alone = \(isAlone)
            WHERE id = \(id.uuid)
            """
        )
    }

    func counters() async throws -> [String: Int] {
        guard let job = try await world.ledger.job(id) else { return [:] }
        return ["attempt": job.attempt, "failures": job.failures, "crashes": job.crashes, "snoozes": job.snoozes]
            .filter { $0.value > 0 }
    }

    /// Carries the transition out.
    mutating func step(_ transition: JobTransition) async throws {
        switch transition.event {
        case "enqueue":
            id = try await world.enqueue(Work())
        case "mark":
            batch = try await world.ledger.mark(queue: "work", relay: process, limit: 10)
        case "take back":
            _ = try await world.ledger.takeBack(try #require(batch))
        case "batch lost":
            _ = try await world.pool.execute(RescueSQL.bury(process))
            try await redispatch()
        case "batch overlooked":
            _ = try await world.ledger.takeBackOverlooked(queue: "work", after: .zero)
        case "claim":
            _ = try await claim(under: try #require(batch).entries.map(\.message))
        case "rescue":
            _ = try await world.ledger.rescue(from: process)
        case "rescue superseded":
            try await world.enqueue(Waiting())
            _ = try await world.ledger.rescue(from: process)
        case "cancel":
            let result = try await world.ledger.cancel(id, reason: "not needed")
            #expect(result == .cancelled)
        case "ask to cancel":
            let result = try await world.ledger.cancel(id, reason: "not needed")
            #expect(result == .requested)
        case "rescue cancelled":
            _ = try await world.ledger.cancel(id, reason: "not needed")
            _ = try await world.ledger.rescue(from: process)
        case "rescue from the wait to be alone", "crash loop":
            _ = try await world.ledger.rescue(from: process)
        case "claim without the broker":
            let jobs = try await world.ledger.claimDue(.anyDue, queue: "work", under: [UUID()], process: process)
            #expect(jobs.map(\.id) == [id])
        case "return cancelled":
            _ = try await world.ledger.cancel(id, reason: "not needed")
            try await end(transition, try #require(claimed))
        case "return superseded":
            try await world.enqueue(Waiting())
            try await end(transition, try #require(claimed))
        default:
            try await end(transition, try #require(claimed))
        }
    }

    /// The same where the predicate fails: another batch, claim or process, or too early.
    func stepWithoutItsPredicate(_ transition: JobTransition) async throws {
        switch transition.event {
        case "mark":
            _ = try await world.pool.execute(
                "UPDATE relais.job SET run_at = clock_timestamp() + interval '1 hour' WHERE id = \(id.uuid)"
            )
            let early = try await world.ledger.mark(queue: "work", relay: process, limit: 10)
            #expect(early == nil)
            _ = try await world.pool.execute("UPDATE relais.job SET run_at = clock_timestamp() WHERE id = \(id.uuid)")
            try await whileTheQueueIsLocked {
                let locked = try await world.ledger.mark(queue: "work", relay: process, limit: 10)
                #expect(locked == nil)
            }
        case "take back":
            let other = MarkedBatch(queue: "work", number: try #require(batch).number + 1, entries: [])
            _ = try await world.ledger.takeBack(other)
        case "batch lost":
            try await redispatch()
        case "batch overlooked":
            _ = try await world.ledger.takeBackOverlooked(queue: "work", after: .seconds(3600))
            _ = try await world.ledger.takeBackOverlooked(queue: "urgent", after: .zero)
        case "claim":
            let number = try #require(batch).number
            for wrong in [
                JobMessage(id: id, kind: "test.work", batch: number + 1),
                JobMessage(id: id, kind: "test.brief", batch: number),
                JobMessage(id: JobID(UUID()), kind: "test.work", batch: number),
            ] {
                let claimed = try await claim(under: [wrong])
                #expect(claimed.isEmpty)
            }
            let elsewhere = try await world.ledger.claim(
                try #require(batch).entries.map(\.message),
                under: [UUID()],
                queue: "urgent",
                process: process
            )
            #expect(elsewhere.isEmpty)
        case "rescue", "rescue superseded", "rescue cancelled", "rescue from the wait to be alone", "crash loop":
            _ = try await world.ledger.rescue(from: process + 1)
        case "cancel", "ask to cancel":
            let result = try await world.ledger.cancel(JobID(UUID()), reason: "not needed")
            #expect(result == .unknown)
        case "claim without the broker":
            _ = try await world.pool.execute(
                "UPDATE relais.queue SET paused_at = clock_timestamp() WHERE name = 'work'"
            )
            let paused = try await world.ledger.claimDue(.anyDue, queue: "work", under: [UUID()], process: process)
            #expect(paused.isEmpty)
            _ = try await world.pool.execute("UPDATE relais.queue SET paused_at = NULL WHERE name = 'work'")
            let buried = try await world.ledger.claimDue(.anyDue, queue: "work", under: [UUID()], process: process + 1)
            #expect(buried.isEmpty)
        default:
            // The attempt before the last: the same job under another token.
            try await end(transition, try await otherClaim())
        }
    }

    private func claim(under messages: [JobMessage]) async throws -> [ClaimedJob] {
        try await world.ledger.claim(messages, under: messages.map { _ in UUID() }, queue: "work", process: process)
    }

    private func redispatch() async throws {
        _ = try await world.pool.execute(
            RelaySQL.takeBackLost(after: .seconds(5), unconfirmedFor: .seconds(3600))
        )
    }

    private func whileTheQueueIsLocked(_ body: () async throws -> Void) async throws {
        try await world.database.withConnection { holder in
            try await holder.run(script: "BEGIN; SELECT FROM relais.queue WHERE name = 'work' FOR UPDATE")
            try await body()
            try await holder.run(script: "ROLLBACK")
        }
    }

    private func otherClaim() async throws -> ClaimedJob {
        let rows = try await world.pool.query(
            """
            SELECT j.*, gen_random_uuid() AS claim, false AS is_past_deadline
            FROM (SELECT id, kind, queue, arguments, subject, attempt, failures, crashes, snoozes, created_at,
                first_claimed_at, claimed_at, deadline, traceparent FROM relais.job WHERE id = \(id.uuid)) AS j
            """
        )
        return try ClaimedJob(try #require(rows.first))
    }

    /// The ends of an attempt, by the same decision and statements as a worker's.
    private func end(_ transition: JobTransition, _ job: ClaimedJob) async throws {
        let verdict: Verdict
        switch transition.event {
        case "done": verdict = decide(.done(), job)
        case "obsolete": verdict = decide(.obsolete(because: "no longer needed"), job)
        case "discard": verdict = decide(.discard(because: "hopeless"), job)
        case "attempts used up": verdict = decide(.retry(because: "broken"), job, limit: 1)
        case "retry": verdict = decide(.retry(because: "broken"), job)
        case "snooze": verdict = decide(.snooze(.seconds(60)), job)
        case "give back", "return superseded", "return cancelled":
            verdict = Verdict(of: .stopped, for: job, limit: 3, backoff: .standard)
        case "cancelled":
            verdict = Verdict(of: .cancelled(because: "not needed"), for: job, limit: 3, backoff: .standard)
        case "outage":
            verdict = Verdict(of: .outage(CancellationError()), for: job, limit: 3, backoff: .standard)
        default: throw NoStep(event: transition.event)
        }
        switch verdict {
        case .end(let ending): _ = try await world.ledger.end([ending])
        case .giveBack(let back): _ = try await world.ledger.giveBack([back])
        case .committed, .nothing: throw NoStep(event: transition.event)
        }
    }

    private func decide(_ outcome: JobOutcome, _ job: ClaimedJob, limit: Int = 3) -> Verdict {
        Verdict(of: outcome, for: job, limit: limit, backoff: .standard)
    }
}

extension JobTransition {
    fileprivate var isSuperseding: Bool { event.hasSuffix("superseded") }
}
