import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("The database away: nobody is charged, nothing spins, a stop ends")
struct OutageTests {
    @Test func aJobWhoseDatabaseSessionIsEndedIsNotChargedAndRunsAgainLater() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(
                Handling(Work.self) { _, context in
                    if context.job.attempt == 1 {
                        _ = try await context.database.query("SELECT pg_terminate_backend(pg_backend_pid())")
                    }
                    return .done()
                }
            )
            let id = try await world.enqueue(Work())
            let job = try await world.wait(for: id, state: .done)
            let first = try #require(job.firstClaimedAt)
            #expect(try #require(job.claimedAt).timeIntervalSince(first) >= 5)
            #expect(job.attempt == 2 && job.failures == 0 && job.snoozes == 0 && job.crashes == 0)
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.isEmpty)
        }
    }

    /// The database stays away until it has ended: a stop that waited for it would not.
    @Test(arguments: [false, true])
    func aStopEndsWhileTheDatabaseIsAway(_ isMute: Bool) async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let (proxy, conninfo) = try TCPProxy.between(world.database.conninfo)
            defer { proxy.close() }
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await hang()
                    return .done()
                },
                grace: .seconds(1),
                conninfo: conninfo
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            if isMute { proxy.mute() } else { proxy.refuse() }
            try await worker.stop()
        }
    }

    @Test func anEndThatTheDatabaseRefusesIsTheLastFailureOfItsJob() async throws {
        try await withEngineWorld { world in
            try world.startProducer()
            try world.startWorker(Handling(Work.self) { _, _ in .done(result: JSON("{")) })
            let id = try await world.enqueue(Work(), runAt: Date.now + 3600)
            _ = try await world.pool.execute("UPDATE relais.job SET failures = 2 WHERE id = \(id.uuid)")
            try await world.hurry(id)
            let job = try await world.wait(for: id, state: .dead)
            #expect(job.failures == 3 && job.reason?.contains("could not be recorded") == true)
        }
    }
}
