import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 2: the jobs of a dead process run elsewhere")
struct RescueTests {
    @Test func jobsOfAKilledWorkerRunElsewhereWithinSixSeconds() async throws {
        try await withEngineWorld { world in
            let producer = try world.startProducer()
            _ = try await producer.presence.number()
            let started = EventLog<JobID>()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await Task.sleep(for: .seconds(60))
                    return .done()
                }
            )
            try await world.enqueue(5, of: Work.self)
            try await started.first("all five", number: 5) { _ in true }
            try await worker.kill()
            let killed = ContinuousClock.now
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            try await world.waitUntil(5, are: .done)
            #expect(ContinuousClock.now - killed < .seconds(6))
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
            let producer = try world.startProducer()
            _ = try await producer.presence.number()
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
            try await worker.losePresenceSession(in: world)
            // Longer than the chores take to believe in a death.
            try await world.holds("the job to stay where it is", for: .seconds(4)) {
                try await world.job(id).state == .running
            }
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
                        try await Task.sleep(for: .seconds(60))
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
            // It looks at its number when its session ends; otherwise with the next beat.
            try await worker.losePresenceSession(in: world)
            try await cancelled.first("attempt 1") { $0 == 1 }
            // A message that came to the buried number was taken for a stale one: the job is dispatched again once its
            // queue has been silent for 5 s.
            let job = try await world.wait(for: id, state: .done, within: .seconds(25))
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
            let rescued = try await world.pool.query(RescueSQL.giveBack(of: process))
            #expect(rescued.count == 1)
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
            try await eventually("sessions older than the limit") {
                try await world.silent(limit: .milliseconds(50))[living]?.isFrozen == true
            }
            let impatient = try await world.silent(limit: .milliseconds(50))
            #expect(impatient[living]?.isLockGone == false)
        }
    }

    @Test func databaseEventDeclaresNobodyDead() async throws {
        try await withEngineWorld { world in
            // Registered before the server restarted: no session of ours is as old as its lock was.
            let process = try await world.registerProcess()
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
