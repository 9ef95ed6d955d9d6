import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What the owner of an offer is told of a new application, and when he is not.
@Suite struct SubmittedNoticeTests {
    private static let arguments = #"{"application_id": 10}"#
    private static let page = ["RELAIS_APPLICATIONS_URL": "https://platform.test/candidatures?etat=attente"]
    /// The account of each sort of owner, as number 2.
    private static let owners = [
        "('employer', NULL, NULL)", "('association', NULL, NULL)", "('departmental_referent', '75', NULL)",
        "('central_referent', NULL, 1)",
    ]

    private func world(
        _ rules: [ScriptedSMTPServer.Rule] = [],
        owner: String = owners[0],
        title: String = "Stage",
        environment: [String: String] = [:],
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await WorkersWorld.run(rules: rules, environment: environment) { world, server in
            try await world.run(
                script: """
                    INSERT INTO platform.organisation_group (id, name, is_public) VALUES (1, 'Ministère', true);
                    INSERT INTO platform.account (id, email, first_name, last_name, kind, department_code, ministry_id)
                    SELECT 2, 'offreur@structure.example', 'Dominique', 'Leroy', o.kind, o.department, o.ministry::bigint
                    FROM (VALUES \(owner)) AS o (kind, department, ministry);
                    \(PlatformFixture.offer(2, owner: 2, title: title))
                    """ + PlatformFixture.waiting(10...10, submitted: "'2097-10-01T23:30:00+02:00'", offer: 2)
            )
            try await body(world, server)
        }
    }

    @Test("Gérer les candidatures: une candidature arrive", arguments: owners)
    func everySortOfOwnerIsTold(_ owner: String) async throws {
        try await world(owner: owner, title: "<b>Stage</b> & \"atelier\"", environment: Self.page) { world, server in
            let job = try await world.perform("application.submitted-notice", Self.arguments)
            #expect(job.state == .done && job.mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Une candidature vous attend, veuillez y répondre")
            #expect(mail.recipientAddress == "offreur@structure.example")
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"])
            #expect(mail.defects == [])
            for part in [mail.text, mail.html] {
                let words = part.replacing("\u{A0}", with: " ")
                #expect(words.contains("Bonjour Dominique,"))
                #expect(words.contains("1er octobre 2097"))
                // Fifteen days later it is half past eleven in the evening: the sweep of the next morning expires it.
                #expect(words.contains("17 octobre 2097 à 7 h 00"))
                #expect(words.contains("https://platform.test/candidatures?etat=attente"))
                // Pupils are minors.
                #expect(!words.contains("Camille") && !words.contains("Martin"))
            }
            #expect(mail.text.contains(#"<b>Stage</b> & "atelier""#))
            #expect(mail.html.contains("&lt;b&gt;Stage&lt;/b&gt; &amp; &quot;atelier&quot;"))
            #expect(try await world.traces(of: "offreur") == [])
            #expect(try await world.traces(of: "atelier") == [])
        }
    }

    @Test func withoutAPageTheMailSaysWhereToAnswer() async throws {
        try await world { world, server in
            #expect(try await world.perform("application.submitted-notice", Self.arguments).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(!mail.text.contains("https://") && mail.text.contains("connectez-vous"))
        }
    }

    /// What somebody types of any length is not the length of the mail.
    @Test func aTitleWithoutEndEnds() async throws {
        try await world(title: String(repeating: "Découverte\n", count: 100_000)) { world, server in
            #expect(try await world.perform("application.submitted-notice", Self.arguments).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.text.utf8.count < 2000 && mail.defects == [])
        }
    }

    @Test func anApplicationToADeletedOfferIsToldAllTheSame() async throws {
        try await world { world, server in
            try await world.run(script: "UPDATE platform.offer SET discarded_at = now(), published_at = NULL")
            #expect(try await world.perform("application.submitted-notice", Self.arguments).mailState == "accepted")
            try await server.event("kept")
        }
    }

    @Test(arguments: [
        ("UPDATE platform.application SET state = 'approved', approved_at = now()", "application-not-waiting"),
        ("UPDATE platform.application SET state = 'rejected', rejected_at = now()", "application-not-waiting"),
        ("UPDATE platform.application SET state = 'expired', expired_at = now()", "application-not-waiting"),
        (
            "UPDATE platform.application SET state = 'canceled_by_student', canceled_at = now()",
            "application-not-waiting"
        ),
        ("UPDATE platform.application SET state = 'drafted'", "application-not-waiting"),
        ("DELETE FROM platform.application", "application-gone"),
        ("UPDATE platform.account SET email = NULL, phone = '+33612345678' WHERE id = 2", "no-address"),
        ("UPDATE platform.account SET email = 'accueil@a b' WHERE id = 2", "invalid-address"),
        ("UPDATE platform.account SET discarded_at = now() WHERE id = 2", "account-discarded"),
    ])
    func whatChangedMeanwhileMakesTheNoticeObsolete(_ change: String, _ reason: String) async throws {
        try await world { world, server in
            let id = try await world.enqueue("application.submitted-notice", Self.arguments)
            try await world.run(script: change)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .obsolete && job.reason == reason, "\(job.state) \(job.reason ?? "")")
            #expect(server.count("connection") == 0)
        }
    }

    @Test func aMailWithoutAnAnswerIsNotSentAgain() async throws {
        try await world([.init("accepted", times: 1, drop: true)]) { world, server in
            let job = try await world.perform("application.submitted-notice", Self.arguments)
            #expect(job.state == .done && job.mailState == "unknown")
            #expect(try await server.has("data-received", exactly: 1))
        }
    }

    @Test func aWorkerThatDiesBeforeTheAnswerLeavesTheNoticeUnsentAgain() async throws {
        try await world([.init("end", times: 1, drop: true, hold: true)]) { world, server in
            let id = try await world.enqueue("application.submitted-notice", Self.arguments)
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
