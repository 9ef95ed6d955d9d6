import Postgres
import TestSupport
import Testing

@Suite("Promise 3: a worker that was taken for dead comes back and tries to finish")
struct FrozenWorkerTests {
    /// Frozen in the middle of mails and of a transaction, for longer than its rescue takes.
    @Test func theZombieCommitsNothingAndWorksOn() async throws {
        try await PromiseWorld.run(pupils: 60) { world in
            try await world.servers.database.withConnection { connection in
                try await connection.run(script: Self.slowFigures)
            }
            // Each mail waits in the dialogue, before its end, until the rules change.
            try world.mail.setRules([.init("rcpt", hold: true)])
            _ = try await world.startProducer()
            let zombie = try await world.startWorkers(only: "notice,statistics")
            let gate = try await world.servers.database.connect()
            let running: Int
            do {
                try await gate.execute("SELECT pg_advisory_lock(42)")
                _ = try await world.pool.query("SELECT relais.enqueue('statistics.refresh', '{\"school_year\": 2021}')")
                try await world.enqueueNotices()
                try await world.waitUntilHeldUp(by: gate, "the refresh in the middle of its transaction")
                // No slot is free then, so that no claim is on its way while the program is frozen.
                try await world.waitUntilHeld()
                try await zombie.freeze()
                // Counted before anybody else runs jobs.
                running = try await world.count("SELECT count(*) FROM relais.job WHERE state = 'running'")
                try await gate.execute("SELECT pg_advisory_unlock_all()")
                await gate.close()
            } catch {
                await gate.close()
                throw error
            }
            try world.mail.setRules([])
            let heir = try await world.startWorkers(only: "notice,statistics")
            #expect(running == 17, "the freeze must hit every slot for this test to mean anything")
            try await world.waitUntilAllEnded(61)
            try await world.waitForMails(60)
            let before = world.recipients.count

            zombie.thaw()
            try await eventually("the zombie to notice") {
                zombie.hasEnded || zombie.log.all.contains { $0.contains("declared this process dead") }
            }
            // It serves on alone: nobody else is there to do these.
            #expect(await heir.stop() == 0)
            try await world.enqueueNotices()
            try await world.waitUntilAllEnded(121)
            try await world.waitForMails(120)
            #expect(!zombie.hasEnded)
            #expect(await zombie.stop() == 0)

            let recipients = world.recipients
            #expect(before == 60 && Set(recipients.prefix(60)).count == 60, "each was told once although two tried")
            #expect(recipients.count == 120)
            #expect(try await world.count("SELECT count(*) FROM public.effect WHERE what = 'end'") == 121)
            #expect(try await world.count("SELECT count(*) FROM public.effect WHERE what = 'figures'") == 1)
            #expect(try await world.count("SELECT count(*) FROM relais.job_finished WHERE state <> 'done'") == 0)
            let crashes = try await world.count("SELECT sum(crashes)::int FROM relais.job_finished")
            #expect(crashes == running)
        }
    }

    /// A refresh writes its effect and then waits for the gate, still before its commit.
    private static let slowFigures = """
        CREATE FUNCTION public.note_figures() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO public.effect VALUES ('figures');
            PERFORM pg_advisory_xact_lock(42);
            RETURN NULL;
        END $$;
        CREATE TRIGGER note_figures AFTER INSERT OR UPDATE ON statistics.global_figures
            FOR EACH STATEMENT EXECUTE FUNCTION public.note_figures();
        """
}
