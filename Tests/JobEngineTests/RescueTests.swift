import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 2: the jobs of a dead process run elsewhere")
struct RescueTests {
    @Test func jobsOfAKilledWorkerRunElsewhere() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            _ = try await producer.presence.number()
            let started = EventLog<JobID>()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await hang()
                    return .done()
                }
            )
            try await world.enqueue(5, of: Work.self)
            try await started.first("all five", number: 5) { _ in true }
            try await worker.kill()
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.waitUntil(5, are: .done)
            let charged = try await world.count(
                """
                SELECT count(*) FROM relais.job_finished
                WHERE attempt = 2 AND crashes = 1 AND failures = 0 AND snoozes = 0
                """
            )
            #expect(charged == 5)
            #expect(Set(ran.all) == Set(started.all) && ran.all.count == 5)
            let crashes = try await world.ledger.failures(of: try #require(ran.all.first))
            #expect(crashes.map(\.ending) == ["crash"])
            try await eventually("the dead to leave the register") {
                try await world.count("SELECT count(*) FROM relais.process WHERE role = 'workers'") == 1
            }
        }
    }

    /// By the lock alone. Whoever trusted only what is older than the dead would notice it by the limit, here after an hour.
    @Test func deathIsNoticedAlsoByAProducerYoungerThanTheDead() async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await hang()
                    return .done()
                }
            )
            let number = try await worker.presence.number()
            let id = try await world.enqueue(Work())
            try world.startProducer(chores: false)
            try await started.first("the job") { $0 == id }
            try await worker.kill()
            try await eventually("the lock to be gone") {
                try await world.silent(limit: .seconds(3600))[number]?.isLockGone == true
            }
            try world.startProducer(relay: false)
            try await world.wait(for: id, "rescued") { $0.crashes == 1 }
        }
    }

    @Test func messageThatComesToABuriedNumberIsNotTakenForAStaleOne() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            // No chores: nobody but the worker itself finds the way back.
            let producer = try world.startProducer(chores: false)
            var ids: [JobID] = []
            var waits: [TimeInterval] = []
            for _ in 1...3 {
                let old = try await worker.presence.number()
                let buried = try await world.pool.execute(RescueSQL.bury(old))
                #expect(buried == 1)
                let id = try await world.enqueue(Work())
                let job = try await world.wait(for: id, state: .done)
                let new = try await worker.presence.number()
                #expect(new != old)
                waits.append(try #require(job.claimedAt).timeIntervalSince(job.createdAt))
                ids.append(id)
            }
            #expect(ran.all == ids)
            // The next beat comes 9 s after the registration, and what is silent for 5 s is dispatched again: whoever left it
            // to one of them would be late every time.
            #expect(try #require(waits.min()) < 5)
            try await world.stop(worker, expectingEmpty: "work", seenBy: producer)
        }
    }

    @Test func batchesOfAKilledRelayAreTakenOverByAnother() async throws {
        try await withEngineWorld { world in
            let survivor = try world.startProducer()
            _ = try await survivor.presence.number()
            let victim = try world.startProducer()
            _ = try await victim.presence.number()
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.enqueue(2000, of: Work.self)
            try await ran.first("some jobs", number: 100) { _ in true }
            try await victim.kill()
            try await world.waitUntil(2000, are: .done)
            #expect(ran.all.count == 2000 && Set(ran.all).count == 2000)
        }
    }

    @Test func processThatMerelyReconnectsKeepsItsJobs() async throws {
        try await withEngineWorld { world in
            // No chores: the test looks as they do, once between the loss and the return, and once two seconds later.
            try world.startProducer(chores: false)
            let started = EventLog<JobID>()
            let gate = Gate()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await gate.pass()
                    return .done()
                }
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            let number = try await worker.presence.number()
            var dead = DeadProcesses()
            let now = ContinuousClock.now
            try await worker.losePresenceSession(in: world)
            let lost = DeadProcesses.Silent(process: number, isLockGone: true, isFrozen: false)
            #expect(dead.saw([lost], at: now) == [])
            try await eventually("the process to hold its lock again") {
                try await world.silent(limit: .seconds(3600))[number] == nil
            }
            let silent = try await world.silent(limit: .seconds(3600)).values
            #expect(dead.saw(Array(silent), at: now + DeadProcesses.confirmation) == [])
            let kept = try await worker.presence.number()
            #expect(kept == number)
            gate.open()
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 1 && job.crashes == 0)
        }
    }

    @Test func processThatWasBuriedAlivePutsItsWorkDownAndStartsUnderANewNumber() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            let started = EventLog<Int>()
            let cancelled = EventLog<Int>()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    let attempt = context.job.attempt
                    started.append(attempt)
                    if attempt > 1 { return .done() }
                    do {
                        try await hang()
                    } catch {
                        cancelled.append(attempt)
                        throw error
                    }
                    return .done()
                }
            )
            let id = try await world.enqueue(Work())
            try await started.first("attempt 1") { $0 == 1 }
            let old = try await worker.presence.number()
            // At once: between the two it could claim the job again.
            let buried = try await world.pool.transaction { connection in
                _ = try await connection.query(RescueSQL.giveBack(of: old))
                return try await connection.execute(RescueSQL.bury(old))
            }
            #expect(buried == 1)
            // It looks at its number with the next beat, or when a claim finds nothing where something must be.
            worker.presence.lookAtYourself()
            try await cancelled.first("attempt 1") { $0 == 1 }
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 2 && job.failures == 0)
            let new = try await worker.presence.number()
            #expect(new != old)
        }
    }

    @Test func sessionOfAFrozenProcessEndsBeforeItsJobsAreGivenBack() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            let name: String = try #require(
                try await world.pool.query("SELECT application_name FROM relais.process WHERE id = \(process)").first
            ).decode("application_name")
            let frozen = try await PostgresConnection.connect(
                PostgresConfiguration(conninfo: world.database.conninfo, applicationName: name),
                logger: .silent
            )
            try await frozen.run(script: "BEGIN")
            _ = try await frozen.query(FinishSQL.end([Ending(job, .done)]))
            // Its row is locked: the rescue skips it instead of waiting for a process that sleeps.
            let skipped = try await world.pool.query(RescueSQL.giveBack(of: process))
            #expect(skipped.isEmpty)
            _ = try await world.pool.query(RescueSQL.terminateSessions(of: process))
            await #expect(throws: PostgresError.self) { try await frozen.run(script: "COMMIT") }
            await frozen.close()
            // Its end is told before its locks are let go.
            try await eventually("the row to be given back") {
                try await world.pool.query(RescueSQL.giveBack(of: process)).count == 1
            }
        }
    }

    @Test func processWithoutABeatIsFrozenAndOneWithoutALockIsGone() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer(relay: false, chores: false)
            let living = try await producer.presence.number()
            let lockless = try await world.registerProcess()
            let patient = try await world.silent(limit: .seconds(45))
            #expect(patient[living] == nil)
            #expect(patient[lockless]?.isLockGone == true && patient[lockless]?.isFrozen == false)
            // One look for both: with the next beat it would be in neither.
            try await eventually("sessions older than the limit") {
                let silent = try await world.silent(limit: .milliseconds(50))[living]
                #expect(silent?.isLockGone != true)
                return silent?.isFrozen == true
            }
        }
    }

    @Test func databaseEventDeclaresNobodyDead() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            // What the recovery of a server does that crashed, or that took another's place.
            _ = try await world.pool.execute("TRUNCATE relais.server_event")
            _ = try await world.pool.execute(
                "UPDATE relais.process SET locked_at = clock_timestamp() - interval '1 hour' WHERE id = \(process)"
            )
            _ = try await world.pool.execute(
                "UPDATE relais.process_beat SET beat_at = clock_timestamp() - interval '1 hour' WHERE process = \(process)"
            )
            let producer = try world.startProducer(relay: false, chores: false)
            _ = try await producer.presence.number()
            let silent = try await world.silent(limit: .seconds(45))
            #expect(silent[process]?.isLockGone == false && silent[process]?.isFrozen == false)
        }
    }

    @Test func claimThatCommittedWhileItsProcessWasBuriedIsGivenBack() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            _ = try await world.pool.execute("DELETE FROM relais.process WHERE id = \(process)")
            try world.startProducer()
            try await world.wait(for: job.id, "given back") { $0.crashes == 1 }
        }
    }

    @Test func aLookInTimeForgetsADeathThatWasNone() {
        let start = ContinuousClock.now
        let gone = [DeadProcesses.Silent(process: 7, isLockGone: true, isFrozen: false)]
        var dead = DeadProcesses()
        #expect(dead.saw(gone, at: start) == [])
        #expect(dead.saw(gone, at: start + .milliseconds(1900)) == [])
        #expect(dead.saw([], at: start + .milliseconds(2000)) == [])
        #expect(dead.saw(gone, at: start + .milliseconds(2100)) == [], "counting begins anew")
        #expect(dead.saw(gone, at: start + .milliseconds(4100)) == [7])
    }

    @Test func frozenProcessIsDeadAtOnceAndOthersAreLeftAlone() {
        let now = ContinuousClock.now
        var dead = DeadProcesses()
        let silent = [
            DeadProcesses.Silent(process: 3, isLockGone: false, isFrozen: true),
            DeadProcesses.Silent(process: 1, isLockGone: true, isFrozen: true),
            DeadProcesses.Silent(process: 2, isLockGone: true, isFrozen: false),
            DeadProcesses.Silent(process: 4, isLockGone: false, isFrozen: false),
        ]
        #expect(dead.saw(silent, at: now) == [1, 3])
        #expect(dead.saw(silent, at: now + .seconds(2)) == [1, 2, 3])
    }
}

extension EngineWorld {
    /// What a chores' look sees now.
    func silent(limit: Duration) async throws -> [Int64: DeadProcesses.Silent] {
        let rows = try await pool.query(ProcessSQL.silent(limit: limit))
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let silent = try DeadProcesses.Silent(row)
                return (silent.process, silent)
            }
        )
    }

    /// Looks at a condition every 10 ms and throws as soon as it does not hold.
    func holds(_ what: String, for span: Duration, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + span
        while ContinuousClock.now < end {
            guard try await condition() else { throw WaitTimedOut(description: "expected \(what) to hold for \(span)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
