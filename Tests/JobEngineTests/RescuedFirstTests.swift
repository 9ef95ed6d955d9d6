import AMQP
import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Promise 2: rescued jobs do not wait a second time")
struct RescuedFirstTests {
    /// The window is full of others that were enqueued later, and every slot is taken again as soon as it is free. All of
    /// them take four minutes: a rescued job behind them would not be awaited.
    @Test func rescuedJobIsRunBeforeWhatIsInTheBroker() async throws {
        try await withEngineWorld { world in
            let (job, _) = try await world.claimOne()
            try await world.enqueue(2000, of: Work.self)
            let ran = EventLog<JobID>()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    ran.append(context.job.id)
                    try await Task.sleep(for: .seconds(1))
                    return .done()
                }
            )
            try world.startProducer()
            try await ran.first("some of the others", number: 8) { $0 != job.id }
            try await ran.first("the rescued job") { $0 == job.id }
            let before = ran.all.prefix { $0 != job.id }.count
            #expect(before < 1500, "2,000 were in the broker before it; \(before) of them ran first")
        }
    }

    /// With the broker away, or with the job's message held by a consumer whose line is cut, no message ever comes. Here no
    /// relay runs at all.
    @Test func rescuedJobRunsThoughNoMessageComes() async throws {
        try await withEngineWorld { world in
            let ran = EventLog<JobID>()
            let worker = try world.startWorker(recording(Work.self, in: ran))
            try await eventually("the worker to consume") { worker.connection.isConnected }
            let (job, dead) = try await world.claimOne()
            _ = try await world.ledger.rescue(from: dead)
            try await ran.first("the rescued job") { $0 == job.id }
            try await world.wait(for: job.id, state: .done)
        }
    }

    @Test func onlyRescuedJobsAreClaimedPastTheBroker() async throws {
        try await withEngineWorld { world in
            let (dispatched, dead) = try await world.claimOne()
            let (pending, second) = try await world.claimOne()
            try await world.enqueue(3, of: Work.self)
            _ = try await world.ledger.rescue(from: dead)
            // With the others into one batch, whose message is stale after the claim.
            let living = try await world.registerProcess()
            let batch = try #require(await world.ledger.mark(queue: "work", relay: living, limit: 1000))
            _ = try await world.ledger.rescue(from: second)
            _ = try await world.pool.execute("UPDATE relais.queue SET window_size = 1 WHERE name = 'work'")

            let tokens = (0..<8).map { _ in UUID() }
            let claimed = try await world.ledger.claimDue(.rescued, queue: "work", under: tokens, process: living)
            #expect(Set(claimed.map(\.id)) == [dispatched.id, pending.id], "a full window does not hold them back")
            #expect(claimed.allSatisfy { $0.attempt == 2 && $0.crashes == 1 })
            let late = try await world.ledger.claim(
                batch.entries.map(\.message).filter { $0.id == dispatched.id },
                under: [UUID()],
                queue: "work",
                process: living
            )
            #expect(late.isEmpty)
        }
    }

    @Test func pausedQueueHoldsRescuedJobsBack() async throws {
        try await withEngineWorld { world in
            let (job, dead) = try await world.claimOne()
            _ = try await world.ledger.rescue(from: dead)
            try await world.change("work") { $0.isPaused = true }
            let living = try await world.registerProcess()
            let waiting = try await world.ledger.queuesWithRescuedJobs(among: ["work", "urgent"])
            #expect(waiting == ["work"])
            let paused = try await world.ledger.claimDue(.rescued, queue: "work", under: [UUID()], process: living)
            #expect(paused.isEmpty)
            try await world.change("work") { $0.isPaused = false }
            let resumed = try await world.ledger.claimDue(.rescued, queue: "work", under: [UUID()], process: living)
            #expect(resumed.map(\.id) == [job.id])
        }
    }
}
