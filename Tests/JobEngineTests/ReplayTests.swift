import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Dead jobs are kept, and a replay cannot make it worse")
struct ReplayTests {
    @Test func aRetriedJobKeepsItsFailuresAndRunsAgain() async throws {
        try await withEngineWorld { world in
            let id = try await world.enqueue(Work())
            try await world.kill([id])
            #expect(try await world.ledger.retry(id, .test) == .again)
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 2 && job.failures == 0)
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.errorClass) == ["test/broken"] && failures.allSatisfy { $0.process != nil })
            #expect(try await world.ledger.retry(id, .test) == .notNow(.done))
        }
    }

    @Test func aReplayStopsByItselfWhenTooManyFailAgain() async throws {
        try await withEngineWorld { world in
            // A minute's worth, of which three seconds' are enough to judge by.
            let ids = try await world.dead(120)
            var order = ReplayOrder(filter: DeadFilter(), rate: try #require(Rate("2/second")))
            order.judgedFrom = 5
            let replay = try await world.ordered(order)
            #expect(replay.size == 120 && replay.frozen == 120)
            // Nobody who ordered it is there any more: the chores carry it out.
            try world.startProducer()
            try world.startWorker(Handling(Work.self) { _, _ in .discard(because: "still broken") })
            let stopped = try await world.wait(for: replay.number, .stopped)
            #expect(stopped.failed >= 5 && stopped.frozen > 0, "it stopped after \(stopped.released) of 120")
            #expect(stopped.endedBecause?.contains("failed again") == true)
            try await world.waitUntil(ids.count, are: .dead)
            let acts = try await world.ledger.audit(target: "replay:\(replay.number)", limit: 10)
            #expect(acts.map(\.action) == ["replay.stop", "replay.order"])
            #expect(acts.map(\.actor) == ["relais", "tests"])
        }
    }

    @Test func aReplayRunsTheFrozenSetAndNothingThatDiesMeanwhile() async throws {
        try await withEngineWorld { world in
            let ids = try await world.dead(5)
            let order = ReplayOrder(filter: DeadFilter(), rate: .tenPerSecond)
            let replay = try await world.ordered(order)
            let later = try await world.dead(2)
            let discarded = try #require(ids.first)
            #expect(try await world.ledger.discard(discarded, .test) == .cancelled)
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let done = try await world.wait(for: replay.number, .done)
            #expect(done.released == 4 && done.skipped == 1 && done.ended == 4 && done.failed == 0)
            for id in later { #expect(try await world.job(id).state == .dead) }
            for id in ids.dropFirst() { #expect(try await world.job(id).state == .done) }
        }
    }

    @Test func aReplayKeepsItsRate() async throws {
        try await withEngineWorld { world in
            _ = try await world.dead(12)
            let replay = try await world.ordered(
                ReplayOrder(filter: DeadFilter(), rate: try #require(Rate("4/second")))
            )
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: EventLog<JobID>()))
            let done = try await world.wait(for: replay.number, .done)
            let ended = try #require(done.endedAt)
            // 12 jobs at 4 a second, of which the first comes at once.
            #expect(ended.timeIntervalSince(done.createdAt) > 2.5)
        }
    }

    @Test func aPreviewSaysWhatAReplayWouldRun() async throws {
        try await withEngineWorld { world in
            let once = try await world.enqueue(Once())
            try await world.kill([once], errorClass: "postgres/40001")
            let late = try await world.enqueue(Work(), deadline: Date(timeIntervalSinceNow: -1))
            try await world.kill([late])
            _ = try await world.dead(3)
            try await world.enqueue(Once())
            let preview = try await world.ledger.preview(DeadFilter())
            #expect(preview.jobs == 5 && preview.superseded == 1 && preview.pastDeadline == 1)
            #expect(preview.groups.map(\.kind) == ["test.work", "test.once"])
            #expect(preview.groups.map(\.errorClass) == ["test/broken", "postgres/40001"])
            var filter = DeadFilter()
            filter.errorClass = "postgres/40001"
            #expect(try await world.ledger.preview(filter).jobs == 1)
            filter.diedBefore = Date(timeIntervalSinceNow: -3600)
            #expect(try await world.ledger.preview(filter).jobs == 0)
            guard
                case .nothing = try await world.ledger.replay(
                    ReplayOrder(filter: filter, rate: .tenPerSecond),
                    .test
                )
            else {
                Issue.record("expected nothing to be ordered")
                return
            }
            #expect(try await world.ledger.replays(limit: 10).isEmpty)
        }
    }

    @Test func aStoppedReplayLeavesTheRestDead() async throws {
        try await withEngineWorld { world in
            _ = try await world.dead(3)
            let replay = try await world.ordered(ReplayOrder(filter: DeadFilter(), rate: .tenPerSecond))
            #expect(try await world.ledger.stopReplay(replay.number, .test))
            #expect(try await world.ledger.stopReplay(replay.number, .test) == false)
            try await ReplayTurn(ledger: world.ledger, logger: .silent).run()
            #expect(try await world.count("SELECT count(*) FROM relais.job_dead") == 3)
        }
    }

    @Test(arguments: [
        (failed: 1, ended: 3, frozen: 9, waiting: 0, "release"),
        (failed: 2, ended: 2, frozen: 9, waiting: 0, "release"),
        (failed: 3, ended: 2, frozen: 9, waiting: 4, "stop"), (failed: 5, ended: 0, frozen: 0, waiting: 2, "wait"),
        (failed: 5, ended: 5, frozen: 0, waiting: 0, "done"),
    ])
    func theShareIsJudgedOnceEnoughWereTried(
        _ standing: (failed: Int, ended: Int, frozen: Int, waiting: Int, verdict: String)
    ) {
        let verdict = ReplayJudgement(
            frozen: standing.frozen,
            waiting: standing.waiting,
            failed: standing.failed,
            ended: standing.ended,
            failureLimit: 0.5,
            judgedFrom: 5
        ).verdict
        #expect("\(verdict)".hasPrefix(standing.verdict))
    }
}

extension EngineWorld {
    /// Jobs that died.
    fileprivate func dead(_ count: Int) async throws -> [JobID] {
        var ids: [JobID] = []
        for number in 1...count { ids.append(try await enqueue(Work(number: number))) }
        try await kill(ids)
        return ids
    }

    fileprivate func ordered(_ order: ReplayOrder) async throws -> Replay {
        guard case .ordered(let replay) = try await ledger.replay(order, .test) else {
            throw WaitTimedOut(description: "expected a replay to be ordered")
        }
        return replay
    }

    fileprivate func wait(for number: Int64, _ state: Replay.State) async throws -> Replay {
        var last: Replay?
        do {
            try await eventually("replay \(state.rawValue)") {
                last = try await self.ledger.replay(number)
                return last?.state == state
            }
        } catch let error as WaitTimedOut {
            throw WaitTimedOut(description: "\(error.description); \(String(describing: last))")
        }
        return try #require(last)
    }
}
