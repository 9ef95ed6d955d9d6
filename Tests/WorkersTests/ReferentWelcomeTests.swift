import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import workers

/// The guide's "message de validation": who is invited hears that he may sign up, with this address.
@Suite struct ReferentWelcomeTests {
    private static let central = """
        INSERT INTO platform.organisation_group (id, name, is_public) VALUES (4, 'Ministère de la Culture', true);
        INSERT INTO platform.referent_invitation (id, email, kind, ministry_id)
            VALUES (7, 'referent@ministere.example', 'central_referent', 4);
        """
    /// With the capitals and blanks of whoever typed or copied it.
    private static let departmental = """
        INSERT INTO platform.referent_invitation (id, email, kind, department_code)
            VALUES (7, '\u{200B} Referent@Prefecture.example\u{A0}', 'departmental_referent', '75');
        """
    private static let page = ["RELAIS_SIGN_UP_URL": "https://platform.test/inscription?type=referent"]

    @Test(arguments: [
        (central, "Ouverture de votre accès référent central", "referent@ministere.example", "Ministère de la Culture"),
        (
            departmental, "Ouverture de votre accès référent départemental", "Referent@Prefecture.example",
            "Paris (75)"
        ),
    ])
    func theInvitedHearsThatHeMaySignUpWithThisAddress(
        _ script: String,
        _ subject: String,
        _ address: String,
        _ scope: String
    ) async throws {
        try await WorkersWorld.run(rules: [], environment: Self.page) { world, server in
            try await world.run(script: script)
            let job = try await world.perform("referent.welcome", #"{"invitation_id": 7}"#)
            #expect(job.state == .done && job.subject == nil)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == subject)
            #expect(mail.recipientAddress == address)
            #expect(mail.defects == [])
            for text in [mail.text, mail.html] {
                #expect(text.contains(address))
                #expect(text.contains(scope))
                #expect(text.contains("https://platform.test/inscription?type=referent"))
            }
            #expect(try await world.traces(of: "prefecture.example") == [])
            #expect(try await world.traces(of: "ministere.example") == [])
        }
    }

    @Test func withoutAPageTheMailNamesNone() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.central)
            #expect(try await world.perform("referent.welcome", #"{"invitation_id": 7}"#).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(!mail.text.contains("https://"))
        }
    }

    @Test(arguments: [
        ("DELETE FROM platform.referent_invitation", "invitation-gone"),
        ("UPDATE platform.referent_invitation SET account_id = 1", "already-signed-up"),
        ("UPDATE platform.referent_invitation SET email = 'référent@préfecture.example'", "invalid-address"),
    ])
    func anInvitationThatIsOverIsNotMailed(_ script: String, _ reason: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.central + script)
            let job = try await world.perform("referent.welcome", #"{"invitation_id": 7}"#)
            #expect(job.state == .obsolete && job.reason == reason)
            #expect(server.count("connection") == 0)
        }
    }

    @Test func aMailWithoutAnAnswerIsSentAgainWithTheSameMessageID() async throws {
        try await WorkersWorld.run(rules: [.init("accepted", times: 1, drop: true)]) { world, server in
            try await world.run(script: Self.central)
            let id = try await world.enqueue("referent.welcome", #"{"invitation_id": 7}"#)
            #expect(try await world.worker.attempt(id).state == .pending)
            #expect(try await world.worker.attempt(id).state == .done)
            let first = try await ReceivedMail.parse(server.mail(1))
            let second = try await ReceivedMail.parse(server.mail(2))
            #expect(first.messageID == second.messageID)
        }
    }
}
