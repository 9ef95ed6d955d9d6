import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Exclusive kinds: one job of a key at a time")
struct ExclusiveTests {
    @Test func theSecondOfAKeyWaitsUnchargedAndLetsOthersAndTheRelayBe() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            let began = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(
                Handling(Exclusive.self) { _, context in
                    began.append(context.job.id)
                    try await gate.pass()
                    return .done()
                }
            )
            let first = try await world.enqueue(Exclusive())
            try await began.first("the first") { $0 == first }
            let second = try await world.enqueue(Exclusive())
            #expect(second != first)
            #expect(try await world.enqueue(Exclusive()) == second, "one runs and one waits")
            let other = try await world.enqueue(Exclusive(number: 2))
            try await began.first("that of another key") { $0 == other }
            // A relay that looks again and again for what is due would never sleep while the second waits.
            try await world.waitUntilTheRelaySleeps()
            #expect(try await world.ledger.nextDue(queues: ["work"]).isEmpty)
            let waiting = try await world.job(second)
            #expect(waiting.state == .pending && waiting.attempt == 0 && waiting.snoozes == 0)
            gate.open()
            try await world.wait(for: second, state: .done)
            #expect(try await world.job(second).attempt == 1)
            #expect(began.all.firstIndex(of: second) == 2)
        }
    }

    @Test func ofManyOfAKeyInOneBatchOneIsMarked() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            for number in 1...5 {
                let job = NewJob(kind: "test.exclusive", arguments: JSON(#"{"number": 1}"#), uniqueKey: "\(number)")
                try await world.ledger.enqueue(job)
            }
            try await world.enqueue(Work())
            let batch = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 100))
            #expect(batch.entries.map(\.message.kind).sorted() == ["test.exclusive", "test.work"])
            #expect(try await world.ledger.mark(queue: "work", relay: process, limit: 100) == nil)
            _ = try await world.ledger.takeBack(batch)
            let again = try #require(await world.ledger.mark(queue: "work", relay: process, limit: 100))
            #expect(again.entries.count == 2)
        }
    }

    /// Whoever took a job without asking would be refused by the index.
    @Test func aSecondOneOfAKeyCannotBeTakenByAnybody() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            let first = try await world.enqueue(Exclusive())
            _ = try await world.claim(first, process: process)
            let second = try await world.enqueue(Exclusive())
            let error = await #expect(throws: PostgresError.self) {
                _ = try await world.pool.execute(
                    """
                    UPDATE relais.job SET state = 'running', claim = gen_random_uuid(), process = \(process)
                    WHERE id = \(second.uuid)
                    """
                )
            }
            #expect(error?.sqlState == "23505")
        }
    }
}
