import Bootstrap
import Foundation
import JobEngine
import Mail
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// Whoever waits for an export sees how far it is, and is told once when it will not come.
@Suite struct ExportsEndTests {
    private func notices(_ world: ExportsWorld) async throws -> [(id: JobID, export: UUID, subject: Int64)] {
        try await world.pool.query(
            """
            SELECT id, (arguments ->> 'export_id')::uuid AS export, subject FROM relais.job
            WHERE kind = 'export.not-prepared-notice'
            """
        ).map { (JobID(try $0.decode("id")), try $0.decode("export"), try $0.decode("subject")) }
    }

    private func tell(_ notice: JobID, of export: JobID, _ world: ExportsWorld) async throws -> JobOutcome {
        let context = try await world.claim(notice, as: ExportNotPreparedNotice.self)
        return try await ExportNotPreparedNoticeHandler(mailer: try world.jobMailer())
            .perform(ExportNotPreparedNotice(exportID: export.uuid), in: context)
    }

    private func finish(_ id: JobID, _ outcome: JobOutcome, _ world: ExportsWorld) async throws {
        _ = try await world.claim(id).finish(outcome) { _ in }
    }

    @Test func aDeadExportTellsItsRequesterInOnePlainMail() async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments(by: ExportsFixture.referentOfParis))
            try await finish(id, .discard(because: "attempts used up"), world)
            let notice = try #require(try await notices(world).first)
            #expect(notice.export == id.uuid && notice.subject == ExportsFixture.referentOfParis)
            guard case .done = try await tell(notice.id, of: id, world) else {
                Issue.record("expected the notice to be sent")
                return
            }
            let mail = try await world.mail()
            #expect(mail.contains("paris@example.test") && mail.contains("incident technique"))
            #expect(!mail.contains("attempts used up") && !mail.contains("filename"))
            // An operator who gives it up for good tells nobody twice.
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            let act = Act(actor: "test", reason: "given up")
            #expect(try await ledger.discard(id, act) == .cancelled)
            #expect(try await notices(world).count == 1)
        }
    }

    @Test(arguments: [false, true])
    func aCancelledExportTellsItsRequester(_ isRunning: Bool) async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments())
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            if isRunning {
                let context = try await world.claim(id)
                #expect(try await ledger.cancel(id, reason: "not needed") == .requested)
                _ = try await ledger.giveBack([
                    Return(
                        id: id,
                        claim: context.job.claim,
                        charge: .nothing,
                        delay: .zero,
                        reason: "cancelled",
                        errorClass: nil
                    )
                ])
            } else {
                #expect(try await ledger.cancel(id, reason: "not needed") == .cancelled)
            }
            let notice = try #require(try await notices(world).first)
            guard case .done = try await tell(notice.id, of: id, world) else {
                Issue.record("expected the notice to be sent")
                return
            }
            #expect(try await world.mail().contains("arr"))
        }
    }

    /// By the worker of `workers run`, from the last failure to the mail.
    @Test func anExportThatUsesUpItsAttemptsEndsInANotice() async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments(by: ExportsFixture.referentOfParis))
            try await world.run(script: "ALTER TABLE platform.offer RENAME TO away; UPDATE relais.job SET failures = 4")
            let worker = try await TestWorker.register(
                in: world.pool,
                settings: try SettingsReader.read(WorkersEnvironment.complete) { WorkersSettings($0) },
                mailer: world.mailer,
                sms: nil,
                log: EventLog()
            )
            #expect(try await worker.attempt(id).state == .dead)
            let notice = try #require(try await notices(world).first)
            #expect(try await worker.attempt(notice.id).state == .done)
            #expect(try await world.mail().contains("paris@example.test"))
        }
    }

    @Test func anExportThatKillsItsWorkersEndsInANotice() async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments())
            _ = try await world.claim(id)
            try await world.run(script: "UPDATE relais.job SET alone = true, crashes = 4, lone_crashes = 2")
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            let process = try await world.integer("SELECT process FROM relais.job")
            #expect(try await ledger.rescue(from: Int64(process)) == [id])
            #expect(try await world.integer("SELECT count(*) FROM relais.job_dead WHERE reason = 'crash-loop'") == 1)
            #expect(try await notices(world).map(\.export) == [id.uuid])
        }
    }

    @Test func anExportThatEndsOtherwiseTellsNobody() async throws {
        try await ExportsWorld.run { world in
            for outcome in [JobOutcome.done(), .obsolete(because: "requester-gone")] {
                let id = try await world.enqueue(try ExportsFixture.arguments())
                try await finish(id, outcome, world)
            }
            let other = try await world.enqueue(StatisticsRefresh(schoolYear: nil))
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            #expect(try await ledger.cancel(other, reason: "not needed") == .cancelled)
            #expect(try await notices(world).isEmpty)
        }
    }

    @Test func anExportThatWasSentBackMeanwhileIsNotCalledFailed() async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments())
            try await finish(id, .discard(because: "attempts used up"), world)
            let ledger = Ledger(durable: world.pool, relaxed: world.pool)
            #expect(try await ledger.retry(id, Act(actor: "test", reason: "again")) == .again)
            let notice = try #require(try await notices(world).first)
            guard case .obsolete(let reason, _) = try await tell(notice.id, of: id, world) else {
                Issue.record("expected the notice to be obsolete")
                return
            }
            #expect(reason == "export-not-ended")
            #expect(world.server.count("kept") == 0)
        }
    }

    /// Arguments that nobody can read are a reason to end dead, and must not keep the job from it.
    @Test(arguments: ["'{}'", #"'{"requested_by": "x"}'"#, #"'{"requested_by": 99999999999999999999}'"#, "'[]'"])
    func unreadableArgumentsDoNotKeepAnExportFromItsEnd(_ arguments: String) async throws {
        try await ExportsWorld.run { world in
            let id = try await world.enqueue(try ExportsFixture.arguments())
            try await world.run(script: "UPDATE relais.job SET arguments = \(arguments)")
            try await finish(id, .discard(because: "unreadable"), world)
            #expect(try await world.integer("SELECT count(*) FROM relais.job_dead") == 1)
            #expect(try await notices(world).isEmpty)
        }
    }

    /// What stands in the job's row while it runs, for whoever waits for it.
    @Test func theRowsDoneAreShownOfTheirTotal() async throws {
        try await ExportsWorld.run { world in
            let year = try #require(SchoolYear(startingIn: 2021))
            let arguments = SchoolsExport(schoolYear: year, requestedBy: 1, format: .csv)
            let id = try await world.enqueue(arguments)
            try await world.run(
                script: """
                    CREATE TABLE platform.seen (done bigint, total bigint);
                    CREATE FUNCTION platform.see() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN INSERT INTO platform.seen VALUES (NEW.done, NEW.total); RETURN NULL; END';
                    CREATE TRIGGER see AFTER INSERT OR UPDATE ON relais.progress FOR EACH ROW 
                        EXECUTE FUNCTION platform.see();
                    """
            )
            _ = try await world.attempt(id, arguments)
            // An export that takes longer than a second tells in between, too.
            let rows = try await world.pool.query("SELECT DISTINCT done, total FROM platform.seen ORDER BY done")
            #expect(try rows.map { [try $0.decode("done"), try $0.decode("total")] } == [[0, 6], [6, 6]])
        }
    }
}
