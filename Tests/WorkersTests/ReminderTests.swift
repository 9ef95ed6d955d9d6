import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What an owner is told of that waits and of that has expired, and when he is told nothing.
@Suite struct ReminderTests {
    private static let arguments = #"{"owner_id": 1}"#

    private func world(
        _ rules: [ScriptedSMTPServer.Rule] = [],
        _ script: String,
        environment: [String: String] = [:],
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await WorkersWorld.run(rules: rules, environment: environment) { world, server in
            try await world.run(script: script)
            try await body(world, server)
        }
    }

    /// The way from the sweep to the mail.
    private func remind(_ world: WorkersWorld) async throws -> JobRecord {
        #expect(try await world.sweepReminded() == 1)
        return try await world.worker.attempt(try #require(try await world.reminderJobs().first))
    }

    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// As a mail writes an instant of the database, by the database's own calendar.
    private static func french(_ instant: String, _ world: WorkersWorld) async throws -> String {
        let rows = try await world.pool.query(
            """
            SELECT to_char(t, 'FMDD') AS day, (ARRAY['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet',
                'août', 'septembre', 'octobre', 'novembre', 'décembre'])[extract(month FROM t)::int]
                || to_char(t, ' YYYY') AS rest
            FROM (SELECT (\(fragment: SQL(stringLiteral: instant))) AT TIME ZONE 'Europe/Paris' AS t) AS one
            """
        )
        let row = try #require(rows.first)
        let day: String = try row.decode("day")
        return "\(day == "1" ? "1er" : day) \(try row.decode("rest", as: String.self))"
    }

    /// The first seven o'clock after an instant.
    private static func nextSweep(after instant: String) -> String {
        """
        (date_trunc('day', (\(instant)) AT TIME ZONE 'Europe/Paris' - interval '7 hours') + interval '31 hours')
            AT TIME ZONE 'Europe/Paris'
        """
    }

    @Test("Absent: a reminder that says 15 days when 8 remain, or lists nothing", arguments: [170, 338])
    func aReminderSaysTheDatesThatRemainAndListsWhatWaits(_ hours: Int) async throws {
        let waiting = PlatformFixture.waiting(11...11, submitted: "now() - interval '\(hours) hours'")
        let page = ["RELAIS_APPLICATIONS_URL": "https://platform.test/candidatures"]
        try await world([], waiting, environment: page) { world, server in
            let job = try await remind(world)
            #expect(job.state == .done && job.mailState == "accepted" && job.subject == 1)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Candidatures en attente, veuillez y répondre")
            #expect(mail.recipientAddress == "accueil@atelier.example")
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"] && mail.defects == [])
            let submitted = "(SELECT submitted_at FROM platform.application)"
            let received = try await Self.french(submitted, world)
            let lifeEnd = "\(submitted) + make_interval(secs => 15 * 86400)"
            let expires = try await Self.french(Self.nextSweep(after: lifeEnd), world)
            for part in [mail.text, mail.html] {
                let words = Self.words(part)
                #expect(words.contains("Une candidature attend votre réponse."))
                #expect(words.contains("candidature reçue le \(received), expire le \(expires) à 7 h 00"), "\(words)")
                #expect(!words.contains(/\bjours\b/) && !words.contains("Camille"))
                #expect(words.contains("https://platform.test/candidatures"))
            }
            #expect(mail.html.replacing("\u{A0}", with: " ").matches(of: /<dt>« Stage »<\/dt>/).count == 1)
            #expect(try await world.traces(of: "accueil@atelier") == [])
        }
    }

    /// One of them is due; the mail is about all of them, and about nobody else's.
    @Test("Des candidatures vous attendent: la liste de ce qui attend")
    func allThatWaitsIsListedTheOldestFirst() async throws {
        let offers = """
            \(PlatformFixture.account(2, email: "b@b.example"))
            \(PlatformFixture.offer(2, title: "<b>Deux</b> & \"demi\"\nBcc: x@example.test"))
            \(PlatformFixture.offer(3, title: "Trois", published: false))
            \(PlatformFixture.offer(4, owner: 2, title: "Quatre"))
            UPDATE platform.offer SET discarded_at = now();
            """
        let applications = [(11, 1, 1), (12, 2, 8), (13, 3, 3), (14, 4, 2)].map { pupil, offer, days in
            PlatformFixture.waiting(pupil...pupil, submitted: "now() - interval '\(days) days'", offer: offer)
        }
        try await world([], offers + applications.joined()) { world, server in
            #expect(try await remind(world).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.text.contains("3\u{A0}candidatures attendent votre réponse."))
            let titles = mail.html.matches(of: /<dt>(.*)<\/dt>/).map { $0.output.1.replacing("\u{A0}", with: " ") }
            #expect(
                titles == [
                    "« &lt;b&gt;Deux&lt;/b&gt; &amp; &quot;demi&quot; Bcc: x@example.test »", "« Trois »", "« Stage »",
                ]
            )
            #expect(!mail.text.contains("Quatre") && !mail.text.contains("\nBcc"))
            #expect(!mail.text.contains("expiré"))
        }
    }

    @Test func whatHasJustExpiredStandsBesideWhatWaits() async throws {
        let script = """
            \(PlatformFixture.offer(2, title: "Deux"))
            \(PlatformFixture.offer(3, title: "Trois"))
            \(PlatformFixture.waiting(11...11, submitted: "now() - interval '1 day'"))
            \(PlatformFixture.waiting(12...12, submitted: "now() - interval '16 days'", offer: 2))
            \(PlatformFixture.waiting(13...13, submitted: "now() - interval '17 days'", offer: 3))
            UPDATE platform.application SET state = 'expired', expired_at = now() WHERE id = 12;
            -- Told by a reminder of yesterday.
            UPDATE platform.application SET state = 'expired', expired_at = now() - interval '25 hours',
                reminded_at = now() - interval '24 hours' WHERE id = 13;
            """
        try await world([], script) { world, server in
            #expect(try await remind(world).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Candidatures en attente, veuillez y répondre")
            let words = Self.words(mail.text)
            let expired = try await Self.french("SELECT expired_at FROM platform.application WHERE id = 12", world)
            #expect(words.contains("Une candidature attend votre réponse."))
            #expect(words.contains("Une candidature a expiré sans réponse de votre part. Elle compte comme refusée."))
            #expect(words.contains("« Deux » : candidature reçue le") && words.contains(", expirée le \(expired)"))
            #expect(!words.contains("Trois"))
        }
    }

    @Test func whenNothingWaitsAnyMoreTheSubjectIsAnother() async throws {
        try await world(
            [],
            PlatformFixture.waiting(11...12, submitted: "now() - interval '16 days'")
                + "UPDATE platform.application SET state = 'expired', expired_at = now();"
        ) { world, server in
            #expect(try await remind(world).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Des candidatures ont expiré sans votre réponse")
            #expect(Self.words(mail.text).contains("Elles comptent comme refusées."))
            #expect(!mail.text.contains("en attente") && !mail.text.contains("Pour répondre"))
            #expect(mail.html.matches(of: /<dt>/).count == 2)
        }
    }

    /// The sweep of this morning was stopped by its guard: the date that has passed is not announced.
    @Test func whatShouldHaveExpiredExpiresWithTheNextSweep() async throws {
        let old = PlatformFixture.waiting(11...11, submitted: "now() - interval '40 days'")
        try await world([], old) { world, server in
            #expect(try await remind(world).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            let claimed = "(SELECT claimed_at FROM relais.job_finished WHERE kind = 'application.reminder')"
            let expires = try await Self.french(Self.nextSweep(after: claimed), world)
            #expect(Self.words(mail.text).contains("expire le \(expires) à 7 h 00"))
        }
    }

    @Test func aListThatWouldHaveNoEndSaysHowMuchIsMissing() async throws {
        try await world(
            [],
            PlatformFixture.waiting(1001...1501, submitted: "now() - interval '8 days' - n * interval '1 minute'")
        ) { world, server in
            #expect(try await remind(world).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.text.contains("501\u{A0}candidatures attendent"))
            #expect(mail.html.matches(of: /<dt>/).count == 500)
            #expect(Self.words(mail.text).contains("Cette liste s'arrête aux plus anciennes ; 1 de plus"))
        }
    }

    private static let due = PlatformFixture.waiting(11...11, submitted: "now() - interval '8 days'")

    @Test(arguments: [
        ("UPDATE platform.application SET state = 'approved', approved_at = now()", "nothing-to-say"),
        ("UPDATE platform.application SET state = 'canceled_by_student', canceled_at = now()", "nothing-to-say"),
        ("DELETE FROM platform.application", "nothing-to-say"),
        ("UPDATE platform.offer SET owner_id = 11", "nothing-to-say"),
        // The sweep of 7:30 tells it.
        ("UPDATE platform.application SET state = 'expired', expired_at = now() + interval '1 s'", "nothing-to-say"),
        ("UPDATE platform.account SET email = NULL, phone = '+33612345678' WHERE id = 1", "no-address"),
        ("UPDATE platform.account SET email = 'accueil@a b' WHERE id = 1", "invalid-address"),
        ("UPDATE platform.account SET discarded_at = now() WHERE id = 1", "account-discarded"),
        (
            "DELETE FROM platform.application; DELETE FROM platform.offer; DELETE FROM platform.account WHERE id = 1",
            "account-gone"
        ),
    ])
    func whatChangedMeanwhileMakesTheReminderObsolete(_ change: String, _ reason: String) async throws {
        try await world([], Self.due) { world, server in
            #expect(try await world.sweepReminded() == 1)
            try await world.run(script: change)
            let job = try await world.worker.attempt(try #require(try await world.reminderJobs().first))
            #expect(job.state == .obsolete && job.reason == reason, "\(job.state) \(job.reason ?? "")")
            #expect(server.count("connection") == 0)
        }
    }

    @Test func aReminderThatNobodyHasReasonForIsNoMail() async throws {
        try await world([], "SELECT") { world, server in
            let job = try await world.perform("application.reminder", Self.arguments)
            #expect(job.state == .obsolete && job.reason == "nothing-to-say")
            #expect(server.count("connection") == 0)
        }
    }

    @Test func aMailWithoutAnAnswerIsNotSentAgain() async throws {
        try await world([.init("accepted", times: 1, drop: true)], Self.due) { world, server in
            let job = try await remind(world)
            #expect(job.state == .done && job.mailState == "unknown")
            #expect(try await server.has("data-received", exactly: 1))
        }
    }

    @Test func aWorkerThatDiesBeforeTheAnswerLeavesTheReminderUnsentAgain() async throws {
        try await world([.init("end", times: 1, drop: true, hold: true)], Self.due) { world, server in
            let id = try await world.enqueue("application.reminder", Self.arguments)
            let job = try await world.worker.claim(id)
            let dying = Task { try await world.worker.run(job) }
            try await server.event("holding")
            try await world.rescue(world.worker)
            let rescued = try await world.worker.attempt(id)
            #expect(rescued.state == .done && rescued.mailState == "unknown")
            try server.setRules([])
            #expect(try await dying.value.state == .done)
            #expect(try await server.has("data-received", exactly: 1))
        }
    }
}
