import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("A job that nobody wants any more does not run, or ends")
struct CancelTests {
    @Test func aRunningJobIsCancelledAndItsNeighbourRunsOn() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let cancelled = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    do {
                        try await hang()
                    } catch {
                        cancelled.append(context.job.id)
                        throw error
                    }
                    return .done()
                }
            )
            let id = try await world.enqueue(Work())
            let other = try await world.enqueue(Work(number: 2))
            try await started.first("both", number: 2) { _ in true }
            let result = try await world.ledger.cancel(id, reason: "the account was deleted")
            #expect(result == .requested)
            try await cancelled.first("the job") { $0 == id }
            let job = try await world.wait(for: id, state: .cancelled)
            #expect(job.reason == "the account was deleted" && job.failures == 0)
            let again = try await world.ledger.cancel(id, reason: "again")
            #expect(again == .cancelled)
            let untouched = try await world.job(other).state
            #expect(untouched == .running && cancelled.all == [id])
        }
    }

    @Test func doneWinsOverARequestThatComesTooLate() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let gate = Gate()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await gate.pass()
                    return .done()
                }
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            let result = try await world.ledger.cancel(id, reason: "too late")
            #expect(result == .requested)
            gate.open()
            try await world.wait(for: id, state: .done)
            let late = try await world.ledger.cancel(id, reason: "far too late")
            #expect(late == .alreadyFinished(.done))
        }
    }

    @Test func aJobCancelledWhileItWaitsNeverRunsAndItsMessageIsStale() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer(chores: false)
            let pending = try await world.enqueue(Work(number: 1), runAt: Date.now + 3600)
            let dispatched = try await world.enqueue(Work(number: 2))
            try await world.wait(for: dispatched, state: .dispatched)
            for id in [pending, dispatched] {
                let result = try await world.ledger.cancel(id, reason: "not needed")
                #expect(result == .cancelled)
                let state = try await world.job(id).state
                #expect(state == .cancelled)
            }
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            let last = try await world.enqueue(Work(number: 3))
            try await world.wait(for: last, state: .done)
            #expect(ran.all == [last])
            try await world.stop(worker, expectingEmpty: "work", seenBy: producer)
        }
    }

    @Test func aJobOfADeadWorkerThatWasToBeCancelledDoesNotRunAgain() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            _ = try await world.ledger.cancel(job.id, reason: "not needed")
            _ = try await world.ledger.rescue(from: process)
            let record = try await world.job(job.id)
            #expect(record.state == .cancelled && record.reason == "not needed" && record.crashes == 1)
        }
    }

    @Test func progressIsShownWhileTheJobRunsAndNotAfterIt() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            try await context.report(done: 3, total: 10)
            let shown = try await world.job(job.id).progress
            #expect(shown?.done == 3 && shown?.total == 10)
            let rows = try await world.pool.query("SELECT * FROM relais.job_progress(\(job.id.uuid))")
            let row = try #require(rows.first)
            #expect(try row.decode("state") == "running" && row.decode("done") == 3 && row.decode("total") == 10)
            _ = try await world.ledger.rescue(from: process)
            let back = try await world.job(job.id).progress
            #expect(back == nil)
            let again = try await world.claim(job.id, process: process)
            let fresh = try await world.job(again.id).progress
            #expect(fresh == nil, "what the last attempt said is not this one's")
        }
    }

    @Test func progressThatBelongsToNothingIsSweptAway() async throws {
        try await withEngineWorld { world in
            let (job, _) = try await world.claimOne()
            let old: SQL = "clock_timestamp() - interval '1 minute'"
            for (id, claim) in [(job.id.uuid, job.claim), (UUID(), UUID())] {
                _ = try await world.pool.execute(
                    "INSERT INTO relais.progress VALUES (\(id), \(claim), 1, 2, \(fragment: old))"
                )
            }
            let swept = try await world.pool.execute(ProgressSQL.sweep)
            #expect(swept == 1)
            let left = try await world.job(job.id).progress
            #expect(left?.done == 1)
        }
    }
}
