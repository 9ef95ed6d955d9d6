import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What a pupil is told of an application that nobody answered, and when he is not.
@Suite struct ExpiredNoticeTests {
    private func world(
        title: String = "Stage",
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(
                script: PlatformFixture.offer(2, title: title)
                    + PlatformFixture.waiting(10...10, submitted: "'2021-10-01T23:30:00+02:00'", offer: 2) + """
                        UPDATE platform.application SET state = 'expired', expired_at = now();
                        """
            )
            try await body(world, server)
        }
    }

    @Test("Des candidatures vous attendent: après 15 jours, l'élève est prévenu")
    func theMailNamesTheOfferAndEscapesItsTitleInHTML() async throws {
        try await world(title: "<b>Stage</b> & \"atelier\"") { world, server in
            let job = try await world.perform("application.expired-notice", #"{"application_id": 10}"#)
            #expect(job.state == .done)
            #expect(job.mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Une de vos candidatures a expiré sans réponse")
            #expect(mail.recipientAddress == "eleve10@college.example")
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"])
            for part in [mail.text, mail.html] {
                #expect(part.contains("Camille"))
                #expect(part.contains("Atelier du Nord"))
                // The day in France, where it was late in the evening.
                #expect(part.replacing("\u{A0}", with: " ").contains("1er octobre 2021"))
            }
            #expect(mail.text.contains(#"<b>Stage</b> & "atelier""#))
            #expect(mail.html.contains("&lt;b&gt;Stage&lt;/b&gt; &amp; &quot;atelier&quot;"))
            #expect(!mail.html.contains("<b>Stage"))
            #expect(try await world.traces(of: "eleve10") == [])
            #expect(try await world.traces(of: "atelier") == [])
        }
    }

    @Test func aDeletedOfferIsToldAllTheSame() async throws {
        try await world { world, server in
            try await world.run(script: "UPDATE platform.offer SET discarded_at = now()")
            #expect(
                try await world.perform("application.expired-notice", #"{"application_id": 10}"#).mailState
                    == "accepted"
            )
            try await server.event("kept")
        }
    }

    static let changes = [
        ("UPDATE platform.application SET state = 'approved', approved_at = now()", "application-not-expired"),
        ("UPDATE platform.application SET state = 'submitted'", "application-not-expired"),
        ("DELETE FROM platform.application", "application-gone"),
        ("UPDATE platform.account SET email = NULL, phone = '+33612345678' WHERE id = 10", "no-address"),
        ("UPDATE platform.account SET discarded_at = now() WHERE id = 10", "account-discarded"),
    ]

    @Test(arguments: changes)
    func whatChangedMeanwhileMakesTheNoticeObsolete(_ change: String, _ reason: String) async throws {
        try await world { world, server in
            let id = try await world.enqueue("application.expired-notice", #"{"application_id": 10}"#)
            try await world.run(script: change)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .obsolete)
            #expect(job.reason == reason)
            #expect(server.count("connection") == 0)
        }
    }

    @Test func argumentsOfAnotherShapeAreDeadWithoutTheirValues() async throws {
        try await world { world, server in
            let job = try await world.perform("application.expired-notice", #"{"application_id": "zoe@b.example"}"#)
            #expect(job.state == .dead)
            #expect(job.reason?.contains("application_id") == true)
            #expect(job.reason?.contains("zoe") == false)
            #expect(server.count("connection") == 0)
        }
    }
}
