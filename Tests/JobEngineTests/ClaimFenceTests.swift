import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 3: effects in PostgreSQL happen exactly once")
struct ClaimFenceTests {
    private static func effects(in world: EngineWorld) async throws {
        try await world.database.withConnection { connection in
            try await connection.run(script: "CREATE TABLE effect (attempt int NOT NULL)")
        }
    }

    @Test func handlerWhoseJobWasRescuedWhileItRanLosesItsWrites() async throws {
        try await withEngineWorld { world in
            try await Self.effects(in: world)
            let started = EventLog<Int>()
            let ended = EventLog<String>()
            let gate = Gate()
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.attempt)
                    if context.job.attempt == 1 { try await gate.pass() }
                    do {
                        let outcome = try await context.finish(.done()) { connection in
                            _ = try await connection.execute("INSERT INTO effect VALUES (\(context.job.attempt))")
                        }
                        ended.append("attempt \(context.job.attempt) committed")
                        return outcome
                    } catch LedgerError.claimLost {
                        ended.append("attempt \(context.job.attempt) lost its claim")
                        throw LedgerError.claimLost(context.job.id)
                    }
                }
            )
            let id = try await world.enqueue(Work())
            try await started.first("attempt 1") { $0 == 1 }
            let owner = try await world.count("SELECT process FROM relais.job WHERE id = \(id.uuid)")
            _ = try await world.pool.query(RescueSQL.giveBack(of: Int64(owner)))
            try await ended.first("attempt 2") { $0 == "attempt 2 committed" }
            gate.open()
            try await ended.first("attempt 1") { $0 == "attempt 1 lost its claim" }
            let attempts = try await world.pool.query("SELECT attempt FROM effect").map {
                try $0.decode("attempt", as: Int.self)
            }
            #expect(attempts == [2])
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 2 && job.crashes == 1 && job.failures == 0)
        }
    }

    @Test func chunkOfALostJobIsRolledBack() async throws {
        try await withEngineWorld { world in
            try await Self.effects(in: world)
            let (job, _) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            try await context.transaction { connection in
                _ = try await connection.execute("INSERT INTO effect VALUES (1)")
            }
            _ = try await world.ledger.giveBack([Return(id: job.id, claim: job.claim, charge: .nothing)])
            await #expect(throws: LedgerError.self) {
                try await context.transaction { connection in
                    _ = try await connection.execute("INSERT INTO effect VALUES (2)")
                }
            }
            await #expect(throws: LedgerError.self) { try await context.report(done: 1, total: 2) }
            await #expect(throws: LedgerError.self) { try await context.handOver(messageID: "<1@example.org>") }
            let effects = try await world.count("SELECT count(*) FROM effect")
            #expect(effects == 1)
            let traces = try await world.count(
                "SELECT (SELECT count(*) FROM relais.progress) + (SELECT count(*) FROM relais.mail)"
            )
            #expect(traces == 0)
        }
    }

    @Test func anErrorInTheWritesLeavesTheJobRunningAndNothingWritten() async throws {
        try await withEngineWorld { world in
            try await Self.effects(in: world)
            let (job, _) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            await #expect(throws: PostgresError.self) {
                _ = try await context.finish(.done()) { connection in
                    _ = try await connection.execute("INSERT INTO effect VALUES (1)")
                    _ = try await connection.execute("INSERT INTO effect VALUES (NULL)")
                }
            }
            let effects = try await world.count("SELECT count(*) FROM effect")
            #expect(effects == 0)
            let state = try await world.job(job.id).state
            #expect(state == .running)
        }
    }

    @Test func finishWhoseAnswerWasLostIsReadBackAndNotWrittenAgain() async throws {
        try await withEngineWorld { world in
            try await Self.effects(in: world)
            let (job, _) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            let outcome = try await context.finish(.done()) { connection in
                // The end commits, and the session dies before it can say so.
                try await world.database.withConnection { other in
                    _ = try await other.execute("INSERT INTO effect VALUES (1)")
                    _ = try await other.query(FinishSQL.end([Ending(job, .done)]))
                }
                _ = try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            guard case .committed = outcome else {
                Issue.record("expected the end to be found committed")
                return
            }
            let effects = try await world.count("SELECT count(*) FROM effect")
            #expect(effects == 1)
        }
    }

    @Test func finishIsRepeatedWhenTheDatabaseEndsItsSession() async throws {
        try await withEngineWorld { world in
            try await Self.effects(in: world)
            let (job, _) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            let tries = EventLog<Int>()
            _ = try await context.finish(.done()) { connection in
                tries.append(1)
                _ = try await connection.execute("INSERT INTO effect VALUES (1)")
                if tries.all.count == 1 {
                    _ = try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            let effects = try await world.count("SELECT count(*) FROM effect")
            #expect(effects == 1)
            let state = try await world.job(job.id).state
            #expect(state == .done)
        }
    }

    @Test func finishOfALostClaimIsNotRepeated() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            let tries = EventLog<Int>()
            await #expect(throws: LedgerError.self) {
                _ = try await context.finish(.done()) { connection in
                    tries.append(1)
                    guard tries.all.count == 1 else { return }
                    _ = try await world.pool.query(RescueSQL.giveBack(of: process))
                    _ = try await connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(tries.all.count == 2)
        }
    }

    @Test func finishRefusesOutcomesThatDoNotEndTheJob() async throws {
        try await withEngineWorld { world in
            let (job, _) = try await world.claimOne()
            let context = JobContext(job: job, ledger: world.ledger, logger: .silent)
            for outcome in [JobOutcome.retry(because: "no"), .snooze(.seconds(1))] {
                await #expect(throws: LedgerError.self) { _ = try await context.finish(outcome) { _ in } }
            }
        }
    }

    @Test func jobNamedByManyMessagesRunsOnceAndEveryMessageIsAcknowledged() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            let id = try await world.enqueue(Work())
            try await eventually("the message") { try await producer.messages(in: "work") == 1 }
            let batch = try await world.count("SELECT batch FROM relais.job WHERE id = \(id.uuid)")
            let message = JobMessage(id: id, kind: "test.work", batch: Int64(batch))
            try await producer.publish(Array(repeating: message.body, count: 9), to: "work")
            try await eventually("ten messages") { try await producer.messages(in: "work") == 10 }
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            try await world.wait(for: id, state: .done)
            let last = try await world.enqueue(Work(number: 2))
            try await world.wait(for: last, state: .done)
            #expect(ran.all == [id, last])
            try await world.stop(worker, expectingEmpty: "work", seenBy: producer)
        }
    }

    @Test func messageOfABatchThatWasTakenBackIsAcknowledgedAndChangesNothing() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer(chores: false)
            try await eventually("the broker") { producer.connection.isConnected }
            let future = Date(timeIntervalSinceNow: 3600)
            let id = try await world.enqueue(Work(), runAt: future)
            let stale = JobMessage(id: id, kind: "test.work", batch: 4711)
            try await producer.publish([stale.body], to: "work")
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            let other = try await world.enqueue(Work(number: 2))
            try await world.wait(for: other, state: .done)
            #expect(ran.all == [other])
            let job = try await world.job(id)
            #expect(job.state == .pending && job.attempt == 0)
            try await world.stop(worker, expectingEmpty: "work", seenBy: producer)
        }
    }

    @Test func messageOfAFinishedJobIsAcknowledged() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer(chores: false)
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            let id = try await world.enqueue(Work())
            try await world.wait(for: id, state: .done)
            try await producer.publish([JobMessage(id: id, kind: "test.work", batch: 1).body], to: "work")
            let other = try await world.enqueue(Work(number: 2))
            try await world.wait(for: other, state: .done)
            #expect(ran.all == [id, other])
            try await world.stop(worker, expectingEmpty: "work", seenBy: producer)
        }
    }

    @Test func endsOfAnOldAndANewAttemptInOneBatchLeaveOneRow() async throws {
        try await withEngineWorld { world in
            let (old, process) = try await world.claimOne()
            _ = try await world.pool.query(RescueSQL.giveBack(of: process))
            let new = try await world.claim(old.id, process: process)
            let ended = try await world.ledger.end([
                Ending(old, .dead, reason: "the old attempt", failed: true, errorClass: "old"),
                Ending(new, .done),
            ])
            #expect(ended == [old.id])
            let rows = try await world.pool.query("SELECT state, attempt, failures FROM relais.job_finished")
            #expect(rows.count == 1)
            #expect(try rows.first?.decode("state", as: String.self) == "done")
            #expect(try rows.first?.decode("failures", as: Int.self) == 0)
            let failures = try await world.ledger.failures(of: old.id)
            #expect(failures.map(\.ending) == ["crash"])
        }
    }

    @Test func returnsOfAnOldAndANewAttemptInOneBatchChargeTheNewOneAlone() async throws {
        try await withEngineWorld { world in
            let (old, process) = try await world.claimOne()
            _ = try await world.pool.query(RescueSQL.giveBack(of: process))
            let new = try await world.claim(old.id, process: process)
            _ = try await world.ledger.giveBack([
                Return(id: old.id, claim: old.claim, charge: .failure, reason: "old", errorClass: "old"),
                Return(id: new.id, claim: new.claim, charge: .snooze, delay: .seconds(60)),
            ])
            let job = try await world.job(old.id)
            #expect(job.failures == 0 && job.snoozes == 1 && job.state == .pending)
            let failures = try await world.ledger.failures(of: old.id)
            #expect(failures.map(\.ending) == ["crash"])
        }
    }

    @Test func claimWhoseAnswerWasLostIsReadBackByItsTokens() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            _ = try await world.enqueue(Work())
            let batch = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 10))
            let messages = batch.entries.map(\.message)
            let tokens = messages.map { _ in UUID() }
            let claimed = try await world.ledger.claim(messages, under: tokens, queue: "work", process: process)
            let again = try await world.ledger.claim(messages, under: tokens, queue: "work", process: process)
            let readBack = try await world.ledger.claimed(under: tokens, process: process)
            #expect(claimed.count == 1 && again.isEmpty)
            #expect(readBack.map(\.claim) == claimed.map(\.claim))
            #expect(readBack.map(\.attempt) == [1])
        }
    }

    @Test func buriedProcessClaimsNothing() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            _ = try await world.enqueue(Work())
            let batch = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 10))
            _ = try await world.pool.execute(RescueSQL.bury(process))
            let claimed = try await world.ledger.claim(
                batch.entries.map(\.message),
                under: [UUID()],
                queue: "work",
                process: process
            )
            #expect(claimed.isEmpty)
        }
    }
}
