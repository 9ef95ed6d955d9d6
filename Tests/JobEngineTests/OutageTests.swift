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
            let waiting = try await world.wait(for: id, "given back") { $0.state == .pending && $0.attempt == 1 }
            #expect(waiting.failures == 0 && waiting.runAt.timeIntervalSinceNow > 3)
            let job = try await world.wait(for: id, state: .done, within: .seconds(15))
            #expect(job.attempt == 2 && job.failures == 0 && job.snoozes == 0 && job.crashes == 0)
            let failures = try await world.ledger.failures(of: id)
            #expect(failures.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func aStopEndsWithItsGraceWhileTheDatabaseIsAway(_ isMute: Bool) async throws {
        try await withEngineWorld { world in
            let started = EventLog<JobID>()
            let (proxy, conninfo) = try TCPProxy.between(world.database.conninfo)
            defer { proxy.close() }
            try world.startProducer()
            let worker = try world.startWorker(
                Handling(Work.self) { _, context in
                    started.append(context.job.id)
                    try await Task.sleep(for: .seconds(60))
                    return .done()
                },
                grace: .seconds(1),
                conninfo: conninfo
            )
            let id = try await world.enqueue(Work())
            try await started.first("the job") { $0 == id }
            if isMute { proxy.mute() } else { proxy.refuse() }
            let began = ContinuousClock.now
            try await worker.stop()
            let took = ContinuousClock.now - began
            // The grace, what cancelled jobs get, and each wait for the database once.
            #expect(took < (isMute ? .seconds(12) : .seconds(7)), "took \(took)")
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
