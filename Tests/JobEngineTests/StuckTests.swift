import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("A handler that ignores its cancellation blocks nobody")
struct StuckTests {
    @Test func itsQueueGoesOnItsJobIsChargedAndOperatorsSeeIt() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            let ran = EventLog<Int>()
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Brief.self) { _, context in
                    ran.append(context.job.attempt)
                    if context.job.attempt == 1 { try? await gate.pass() }
                    return .done()
                },
                queues: [QueueDefinition(name: "work", slots: 1)],
                stuckAfter: .milliseconds(300)
            )
            let id = try await world.enqueue(Brief())
            // One slot: the second attempt runs only because the first one's is free again.
            let job = try await world.wait(for: id, state: .done)
            #expect(job.attempt == 2 && job.failures == 1 && ran.all == [1, 2])
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.map(\.errorClass) == ["run-limit"])
            let shown = try await world.count(
                """
                SELECT count(*) FROM relais.stuck_attempt s JOIN relais.process p ON p.id = s.process
                WHERE s.job = \(id.uuid) AND s.attempt = 1 AND p.role = 'workers'
                """
            )
            #expect(shown == 1, "it is shown before its slot is free")
            gate.open()
            try await eventually("it to be forgotten") {
                try await world.count("SELECT count(*) FROM relais.stuck_attempt") == 0
            }
            try await worker.stop()
        }
    }

    @Test func itDoesNotHoldUpTheStop() async throws {
        try await withEngineWorld { world in
            let gate = Gate()
            let started = EventLog<JobID>()
            try world.startProducer(chores: false)
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try? await gate.pass()
                    return .done()
                },
                // Longer than the test waits for the stop.
                grace: .seconds(3600),
                stuckAfter: .milliseconds(100)
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            _ = try await world.ledger.cancel(id, reason: "it hangs")
            try await world.wait(for: id, state: .cancelled)
            try await worker.stop()
            gate.open()
        }
    }
}
