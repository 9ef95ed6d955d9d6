import Postgres
import TestSupport
import Testing

@Suite("Promises 2, 4 and 8: the real programs, killed and stopped in the middle of their work", .serialized)
struct KilledProgramTests {
    @Test func thousandNoticesSurviveTheKillOfAWorkerAndOfARelay() async throws {
        try await PromiseWorld.run(pupils: 1000) { world in
            // Older than what is to be killed: somebody must have been there to believe in a death.
            _ = try await world.startProducer()
            let relay = try await world.startProducer()
            let workers = try await world.startWorkers()
            _ = try await world.startWorkers()
            try world.holdMails(after: 150)
            try await world.enqueueNotices()
            // Every slot of both has a job then.
            try await world.waitUntilHeld(programs: 2)
            await workers.kill()
            try world.holdMails(after: 150)
            try await world.waitForMails(300)
            await relay.kill()
            try world.mail.setRules([])
            try await world.waitUntilAllEnded(1000)

            let done = try await world.count(
                "SELECT count(DISTINCT arguments) FROM relais.job_finished WHERE state = 'done'"
            )
            #expect(done == 1000)
            let left = try await world.count("SELECT count(*) FROM relais.job")
            #expect(left == 0)
            let failures = try await world.count("SELECT sum(failures)::int FROM relais.job_finished")
            #expect(failures == 0)
            let accepted = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'accepted'")
            let unknown = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'unknown'")
            // Killed between the mark and the answer, a mail may or may not have left: the ledger counts those.
            #expect(accepted + unknown == 1000)
            try await world.waitForMails(accepted)
            let recipients = world.recipients
            #expect(Set(recipients).count == recipients.count, "nobody was told twice")
            #expect(recipients.count <= 1000)
            let crashes = try await world.count("SELECT sum(crashes)::int FROM relais.job_finished")
            #expect(crashes > 0, "the kill must have hit jobs for this test to mean anything")
            #expect(unknown <= crashes)
        }
    }

    @Test func workersThatAreStoppedExitWithZeroAndChargeNothing() async throws {
        try await PromiseWorld.run(pupils: 400) { world in
            let producer = try await world.startProducer()
            let first = try await world.startWorkers(["RELAIS_WORKERS_GRACE": "1h"])
            try world.holdMails(after: 50)
            try await world.enqueueNotices()
            try await world.waitUntilHeld()
            first.askToStop()
            try await first.log.first("the beginning of the stop") { $0.contains("no more jobs are taken") }
            try world.mail.setRules([])
            // Not stop(), whose signal would be the second.
            try await eventually("the end of the stop") { first.hasEnded }
            let code = await first.stop()
            #expect(code == 0)
            let running = try await world.count("SELECT count(*) FROM relais.job WHERE state = 'running'")
            #expect(running == 0)
            let ended = try await world.count("SELECT count(*) FROM relais.job_finished")
            #expect(ended < 400, "the stop must come in the middle for this test to mean anything")
            let registered = try await world.count("SELECT count(*) FROM relais.process WHERE role = 'workers'")
            #expect(registered == 0)

            let second = try await world.startWorkers()
            try await world.waitUntilAllEnded(400)
            let charged = try await world.count(
                "SELECT sum(failures + crashes + snoozes)::int FROM relais.job_finished WHERE state = 'done'"
            )
            #expect(charged == 0)
            let attempts = try await world.count("SELECT sum(attempt)::int FROM relais.job_finished")
            #expect(attempts == 400, "what runs at the stop ends within the grace, and is not begun again")
            try await world.waitForMails(400)
            #expect(world.recipients.count == 400 && Set(world.recipients).count == 400)
            let codes = [await second.stop(), await producer.stop()]
            #expect(codes == [0, 0])
        }
    }

    @Test func aSecondSignalEndsTheGraceAndNothingElse() async throws {
        try await PromiseWorld.run(pupils: 3) { world in
            try world.mail.setRules([.init("rcpt", hang: true)])
            let producer = try await world.startProducer()
            // Longer than this test: the stop can only end before by the second signal.
            let workers = try await world.startWorkers(["RELAIS_WORKERS_GRACE": "1h"])
            try await world.enqueueNotices()
            try await world.mail.event("hanging", 3)
            workers.askToStop()
            try await workers.log.first("the beginning of the stop") { $0.contains("no more jobs are taken") }
            workers.askToStop()
            try await eventually("the end of the grace") { workers.hasEnded }
            let code = await workers.stop()
            #expect(code == 0)
            let complaints = workers.log.all.filter {
                $0.contains("ignored its cancellation") || $0.contains("cannot be given back")
            }
            #expect(complaints == [])
            let free = try await world.count(
                "SELECT count(*) FROM relais.job WHERE state <> 'running' AND failures + crashes + snoozes = 0"
            )
            #expect(free == 3)
            let registered = try await world.count("SELECT count(*) FROM relais.process WHERE role = 'workers'")
            #expect(registered == 0)
            await producer.stop()
        }
    }
}
