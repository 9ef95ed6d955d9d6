import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("A job that kills its worker is found out, and its neighbours are not blamed for it")
struct CrashLoopTests {
    @Test func aJobThatKillsItsWorkerThriceIsDeadAsACrashLoop() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            let id = try await world.enqueue(Work(), runAt: Date.now + 3600)
            try await world.blame(id, crashes: 2)
            try await world.hurry(id)
            for round in 1...3 {
                let started = EventLog<Int>()
                let worker = try world.startWorker(
                    Handling(Work.self) { _, context in
                        started.append(context.job.attempt)
                        try await hang()
                        return .done()
                    }
                )
                try await started.first("attempt \(round)") { $0 == round }
                try await worker.kill()
                try await world.wait(for: id, "rescued") { $0.crashes == 2 + round }
            }
            let job = try await world.job(id)
            #expect(job.state == .dead && job.reason == "crash-loop" && job.failures == 0)
            let crashes = try await world.ledger.failures(of: id)
            #expect(crashes.map(\.errorClass) == ["crash/alone", "crash/alone", "crash/alone"])
        }
    }

    @Test func aSuspiciousJobWaitsForItsNeighboursAndNothingIsClaimedMeanwhile() async throws {
        try await withEngineWorld { world in
            let events = EventLog<String>()
            let gate = Gate()
            try world.startProducer()
            let handler = Handling(Work.self) { arguments, _ in
                events.append("begin \(arguments.number)")
                if arguments.number == 1 { try await gate.pass() }
                events.append("end \(arguments.number)")
                return .done()
            }
            let worker = try world.startWorker(handler, recordingUrgent(in: events))
            try await world.enqueue(Work(number: 1))
            try await events.first("the neighbour") { $0 == "begin 1" }
            let suspicious = try await world.enqueue(Work(number: 2), runAt: Date.now + 3600)
            try await world.blame(suspicious, crashes: 2)
            try await world.hurry(suspicious)
            try await world.wait(for: suspicious, "claimed") { $0.state == .running }
            // Its row says so before its process knows: from here on the process takes nothing more.
            try await eventually("the consumer to be paused") { try await worker.consumers(of: "work") == 0 }
            let urgent = try await world.enqueue(Urgent())
            try await world.wait(for: urgent, state: .dispatched)
            #expect(events.all == ["begin 1"])
            gate.open()
            try await world.wait(for: urgent, state: .done)
            #expect(events.all == ["begin 1", "end 1", "begin 2", "end 2", "urgent"])
            let job = try await world.job(suspicious)
            #expect(job.state == .done && job.attempt == 1 && job.crashes == 2)
        }
    }

    @Test func neighboursOfACrashingJobAreNotChargedOnceItIsSuspected() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            let started = EventLog<Int>()
            let killer = try await world.enqueue(Work(number: 1), runAt: Date.now + 3600)
            try await world.blame(killer, crashes: 2)
            try await world.hurry(killer)
            let worker = try world.startWorker(
                Handling(Work.self) { arguments, _ in
                    started.append(arguments.number)
                    try await hang()
                    return .done()
                }
            )
            try await started.first("the killer") { $0 == 1 }
            let neighbours = [try await world.enqueue(Work(number: 2)), try await world.enqueue(Work(number: 3))]
            for id in neighbours { try await world.wait(for: id, state: .dispatched) }
            try await worker.kill()
            try await world.wait(for: killer, "rescued") { $0.crashes == 3 && $0.state != .running }
            _ = try await world.ledger.cancel(killer, reason: "it has done enough")
            let ran = EventLog<JobID>()
            try world.startWorker(recording(Work.self, in: ran))
            for id in neighbours {
                let job = try await world.wait(for: id, state: .done)
                #expect(job.crashes == 0 && job.attempt == 1)
            }
            #expect(started.all == [1])
        }
    }

    @Test func aSuspiciousJobIsNotChargedForADeathWhileItWaited() async throws {
        try await withEngineWorld { world in
            let (job, process) = try await world.claimOne()
            try await world.blame(job.id, crashes: 2)
            _ = try await world.ledger.rescue(from: process)
            let record = try await world.job(job.id)
            #expect(record.state == .pending && record.crashes == 2)
            let failures = try await world.ledger.failures(of: job.id)
            #expect(failures.isEmpty)
        }
    }

    @Test func aSuspiciousJobThatCannotBeAloneIsPutOffUncharged() async throws {
        try await withEngineWorld { world in
            let (neighbour, _) = try await world.claimOne()
            let (claimed, process) = try await world.claimOne()
            try await world.blame(claimed.id, crashes: 2)
            let rows = try await world.pool.query(ClaimSQL.readBack(claims: [claimed.claim], process: process))
            let suspicious = try ClaimedJob(try #require(rows.first))
            let solitude = Solitude()
            #expect(solitude.beginClaim())
            solitude.endClaim([neighbour, suspicious])
            #expect(!solitude.beginClaim() && solitude.isWanted)
            let early = await solitude.begins(suspicious.claim, patience: .milliseconds(50))
            #expect(!early)
            solitude.leave(neighbour.claim)
            let alone = await solitude.begins(suspicious.claim, patience: .milliseconds(50))
            #expect(alone)
            solitude.leave(suspicious.claim)
            #expect(solitude.beginClaim())
        }
    }

    private func recordingUrgent(in events: EventLog<String>) -> Handling<Urgent> {
        Handling(Urgent.self) { _, _ in
            events.append("urgent")
            return .done()
        }
    }
}

extension EngineWorld {
    /// Makes a job one that was there when its process died.
    func blame(_ id: JobID, crashes: Int) async throws {
        let changed = try await pool.execute("UPDATE relais.job SET crashes = \(crashes) WHERE id = \(id.uuid)")
        #expect(changed == 1)
    }

    func hurry(_ id: JobID) async throws {
        _ = try await pool.execute("UPDATE relais.job SET run_at = clock_timestamp() WHERE id = \(id.uuid)")
    }
}
