import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Promises 2, 3 and 9: PostgreSQL goes away in the middle of 500 jobs", .serialized)
struct DatabaseTroubleTests {
    /// `fast` ends sessions politely, `immediate` crashes: what was committed without a flush is forgotten.
    enum Ending: CaseIterable { case fast, immediate }

    @Test(arguments: Ending.allCases) func jobsEndOnceAndNobodyIsCharged(_ ending: Ending) async throws {
        try await PromiseWorld.run(pupils: 520, own: .postgres) { world in
            let stack = try #require(world.servers.stack)
            let intake = try await world.startIntake()
            let workers = [try await world.startWorkers(), try await world.startWorkers()]
            for application in 1001...1020 {
                #expect(try await intake.enqueueNotice(application).status == 202)
            }
            // However late the stop comes, it comes in the middle.
            try world.holdMails(after: 300)
            try await world.enqueueNotices(from: 1021, 500)
            try await world.waitForMails(100)
            switch ending {
            case .fast: try await stack.run("stop", "postgres")
            case .immediate: try await stack.crashPostgres()
            }
            try world.mail.setRules([])

            let away = try await intake.enqueueNotice(1001)
            #expect(away.status == 503)
            #expect(away.type == "application/problem+json")
            try await stack.run("start", "postgres")
            try await eventually("intake to answer 202 again") {
                try await intake.enqueue("application.expiry-sweep", #"{"dry_run": true}"#).status == 202
            }

            try await eventually("520 notices to end") {
                let ended = try? await world.count(
                    "SELECT count(*) FROM relais.job_finished WHERE kind = 'application.expired-notice'"
                )
                return ended == 520
            }
            let ended = (workers + [intake.program]).filter(\.hasEnded)
            #expect(ended.isEmpty, "no program ends for it")
            try await Self.expectEachOnce(world)
        }
    }

    private static func expectEachOnce(_ world: PromiseWorld) async throws {
        let ends = try await world.count(
            """
            SELECT count(*) FROM public.effect e JOIN relais.job_finished f ON f.id::text = e.job
            WHERE f.kind = 'application.expired-notice' AND f.state = 'done'
            """
        )
        #expect(ends == 520)
        let charged = try await world.count(
            "SELECT coalesce(sum(failures + crashes), 0)::int FROM relais.job_finished"
        )
        #expect(charged == 0, "nobody is charged with the database's trouble")
        // Promise 4: a mark whose answer was lost may belong to a mail that left or to one that did not.
        let unknown = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'unknown'")
        let accepted = try await world.count("SELECT count(*) FROM relais.mail WHERE state = 'accepted'")
        let others = try await world.pool.query(
            """
            SELECT concat_ws(' ', f.id, 'attempt', f.attempt, 'snoozes', f.snoozes, 'mail', coalesce(m.state, 'none')) AS line
            FROM relais.job_finished f LEFT JOIN relais.mail m ON m.job = f.id
            WHERE f.kind = 'application.expired-notice' AND coalesce(m.state, 'none') NOT IN ('accepted', 'unknown')
            """
        ).map { try $0.decode("line", as: String.self) }
        #expect(accepted + unknown == 520, "\(others.joined(separator: "\n"))")
        try await world.waitForMails(accepted)
        let recipients = world.recipients
        #expect(Set(recipients).count == recipients.count, "nobody is told twice")
    }
}

extension StackScript {
    /// What `pg_ctl stop -m immediate` does: every session is cut, nothing is written, the next start recovers.
    func crashPostgres() async throws {
        let line = try String(contentsOf: directory.appending(path: "postgres.pid"), encoding: .utf8)
        let pid = try #require(line.split(separator: " ").first.flatMap { Int32($0) })
        #expect(kill(pid, SIGQUIT) == 0)
        try await eventually("PostgreSQL to end") {
            !FileManager.default.fileExists(atPath: directory.appending(path: "postgres/data/postmaster.pid").path)
                || kill(pid, 0) != 0
        }
    }
}
