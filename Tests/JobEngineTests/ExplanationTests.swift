import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Why is it not running? Each answer says what stands in the way, and what to do")
struct ExplanationTests {
    @Test func aJobThatWaitsIsExplainedByWhatItWaitsFor() async throws {
        try await withEngineWorld { world in
            let later = try await world.enqueue(Work(), runAt: Date(timeIntervalSinceNow: 3600))
            #expect(try await world.codes(later) == ["due-later", "no-relay", "no-worker"])
            #expect(try await world.ledger.explanation(of: JobID(UUID())) == nil)

            // Processes that are there, and have their broker.
            _ = try await world.registerProcess(role: "producer")
            let worker = try await world.registerProcess(role: "workers", slots: #"{"work": 2}"#)
            let due = try await world.enqueue(Work(number: 2))
            #expect(try await world.codes(due) == ["behind-others"])
            try await world.change("work") { $0.isPaused = true }
            #expect(try await world.codes(due) == ["queue-paused"])
            let paused = try #require(await world.ledger.explanation(of: due)?.findings.first)
            #expect(paused.toDo.contains("producer queues resume work"))
            try await world.change("work") { $0.isPaused = false }

            _ = try await world.pool.execute("UPDATE relais.process SET quiet_at = clock_timestamp()")
            #expect(try await world.codes(due) == ["workers-quiet"])
            _ = try await world.pool.execute(
                "UPDATE relais.process SET quiet_at = NULL, broker_away_since = clock_timestamp()"
            )
            #expect(try await world.codes(due) == ["broker-away"])
            _ = try await world.pool.execute("UPDATE relais.process SET broker_away_since = NULL")

            let batch = try #require(await world.ledger.mark(queue: "work", relay: worker, limit: 1))
            #expect(try await world.codes(due) == ["not-confirmed"])
            try await world.ledger.confirm(batch)
            #expect(try await world.codes(due) == ["waits-for-slot"])
            let job = try #require(
                await world.ledger.claim(batch.entries.map(\.message), under: [UUID()], queue: "work", process: worker)
                    .first
            )
            let running = try #require(await world.ledger.explanation(of: due)?.findings.first)
            #expect(running.code == "running" && running.what.contains("at nowhere, process \(worker)"))

            try await world.change("work") { $0.runningLimit = .set(1) }
            let next = try await world.enqueue(Work(number: 3))
            let limited = try #require(await world.ledger.explanation(of: next)?.findings.first)
            #expect(limited.code == "limit-reached")
            #expect(limited.what.contains("\(due) on nowhere"), "it says by whom: \(limited.what)")
            try await world.change("work") { $0.runningLimit = .clear }

            let failed = Return(
                id: job.id,
                claim: job.claim,
                charge: .failure,
                delay: .seconds(90),
                reason: "no luck",
                errorClass: "test/luck"
            )
            #expect(try await world.ledger.giveBack([failed]).count == 1)
            let retrying = try #require(await world.ledger.explanation(of: due)?.findings.first)
            #expect(retrying.code == "retrying" && retrying.what.contains("test/luck: no luck"))
        }
    }

    @Test func aRateSaysUntilWhenItIsUsedUp() async throws {
        try await withEngineWorld { world in
            let relay = try await world.registerProcess(role: "producer", slots: #"{"work": 2}"#)
            try await world.change("work") { $0.rate = Rate("1/minute").map { .set($0) } ?? .keep }
            try await world.enqueue(Work())
            let second = try await world.enqueue(Work(number: 2))
            #expect(try await world.ledger.mark(queue: "work", relay: relay, limit: 10)?.entries.count == 1)
            let finding = try #require(await world.ledger.explanation(of: second)?.findings.first)
            #expect(finding.code == "rate-used-up" && finding.what.contains("paced at 1/minute"))
        }
    }

    @Test func aTakenExclusiveKeyNamesTheJobThatHasIt() async throws {
        try await withEngineWorld { world in
            let relay = try await world.registerProcess()
            let first = try await world.enqueue(Exclusive())
            _ = try await world.claim(first, process: relay)
            let second = try await world.enqueue(Exclusive())
            let finding = try #require(await world.ledger.explanation(of: second)?.findings.first)
            #expect(finding.code == "exclusive-key-taken" && finding.what.contains("\(first) (running)"))
        }
    }

    @Test func aDeadJobSaysWhyAndWhatToDo() async throws {
        try await withEngineWorld { world in
            let id = try await world.enqueue(Work())
            try await world.kill([id])
            let finding = try #require(await world.ledger.explanation(of: id)?.findings.first)
            #expect(finding.code == "finished-dead" && finding.what.contains("it is broken"))
            #expect(finding.toDo.contains("producer jobs retry \(id)"))
        }
    }

    @Test func realProcessesSayThemselvesThatTheyHaveNoBroker() async throws {
        try await withEngineWorld { world in
            let nowhere = "amqp://relais:relais@127.0.0.1:9/relais"
            try world.startProducer(brokerURL: nowhere)
            try world.startWorker(recording(Urgent.self, in: EventLog<JobID>()), brokerURL: nowhere)
            let id = try await world.enqueue(Work(), runAt: Date(timeIntervalSinceNow: 3600))
            try await eventually("the explanation to know it") {
                try await world.codes(id) == ["due-later", "broker-away"]
            }
        }
    }
}

extension EngineWorld {
    fileprivate func codes(_ id: JobID) async throws -> [String] {
        try #require(await ledger.explanation(of: id)).findings.map(\.code)
    }

    fileprivate func registerProcess(role: String, slots: String = "{}") async throws -> Int64 {
        let process = try await registerProcess()
        _ = try await pool.execute(
            "UPDATE relais.process SET role = \(role), slots = \(JSON(slots)) WHERE id = \(process)"
        )
        return process
    }
}
