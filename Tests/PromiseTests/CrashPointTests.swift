import JobEngine
import Postgres
import TestSupport
import Testing

@Suite("Promises 2, 3 and 4: a program that dies between two steps which belong together", .serialized)
struct CrashPointTests {
    private static let count = 40

    @Test(arguments: [CrashPoint.batchMarked, .batchPublished])
    func jobsOfARelayThatDiesThereAreDispatchedAgain(_ point: CrashPoint) async throws {
        try await PromiseWorld.run(pupils: Self.count) { world in
            _ = try await world.startChores()
            _ = try await world.startWorkers()
            let relay = try await world.startProducer(["CRASH_AT": point.rawValue])
            try await world.enqueueNotices()
            try await eventually("the relay to die") { relay.hasEnded }
            if point == .batchMarked { #expect(world.recipients == []) }
            _ = try await world.startProducer()
            try await world.waitUntilAllEnded(Self.count)
            try await world.expectEachNoticeOnce(Self.count)
        }
    }

    @Test(arguments: [CrashPoint.jobsClaimed, .mailAccepted, .endsKnown, .endsWritten])
    func jobsOfAWorkerThatDiesThereEndOnceAndTellTheirPupilOnce(_ point: CrashPoint) async throws {
        try await PromiseWorld.run(pupils: Self.count) { world in
            _ = try await world.startProducer()
            let victim = try await world.startWorkers(["CRASH_AT": point.rawValue])
            try await world.enqueueNotices()
            try await eventually("the worker to die") { victim.hasEnded }
            let endedBefore = try await world.count("SELECT count(*) FROM relais.job_finished")
            #expect((endedBefore > 0) == (point == .endsWritten))
            if point == .jobsClaimed {
                // The rescue may have given them back by now.
                #expect(try await world.count("SELECT count(*) FROM relais.job WHERE attempt > 0") > 0)
                #expect(world.recipients == [])
            } else {
                try await world.waitForMails(1)
            }
            _ = try await world.startWorkers()
            try await world.waitUntilAllEnded(Self.count)

            let done = try await world.count(
                "SELECT count(DISTINCT arguments)::int FROM relais.job_finished WHERE state = 'done' AND failures = 0"
            )
            #expect(done == Self.count)
            #expect(try await world.count("SELECT count(*) FROM public.effect WHERE what = 'end'") == Self.count)
            let crashes = try await world.count("SELECT sum(crashes)::int FROM relais.job_finished")
            if point != .endsWritten { #expect(crashes > 0) }
            // A mail that was handed over is not sent again: a notice is worth less than the peace of its reader. Those
            // that died between the mark and the dot are counted with those that arrived.
            let unknown = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'unknown'")
            let accepted = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'accepted'")
            #expect(accepted + unknown == Self.count)
            try await world.waitForMails(accepted)
            let recipients = world.recipients
            #expect(Set(recipients).count == recipients.count, "nobody is told twice")
            #expect(recipients.count <= Self.count)
            if [.mailAccepted, .endsKnown].contains(point) { #expect(unknown > 0) }
            if point == .jobsClaimed { #expect(unknown == 0 && accepted == Self.count) }
        }
    }
}
