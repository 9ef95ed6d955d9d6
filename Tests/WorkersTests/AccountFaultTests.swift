import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Faults of the platform as it was, which must be absent here.
@Suite struct AccountFaultTests {
    private static let kinds = ["account.activation", "account.password-reset"]

    /// Addresses were compared as typed, on one side lower-cased.
    @Test(
        "Absent: a capital letter that locks an address out",
        arguments: [
            "Camille.Martin@Lycee.example", " camille.martin@lycee.example", "CAMILLE.MARTIN@LYCEE.EXAMPLE ",
            "\u{A0}camille.martin@lycee.example\u{200B}", "\u{FEFF}camille.martin@lycee.example\t",
        ],
        [
            "camille.martin@lycee.example", " Camille.Martin@LYCEE.example ", "CAMILLE.MARTIN@LYCEE.EXAMPLE",
            "\u{2009}\u{FEFF}camille.martin@lycee.example\u{200B}\u{A0}",
        ]
    )
    func neitherACapitalLetterNorABlankLocksAnybodyOut(_ kept: String, _ typed: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: kept))
            for kind in Self.kinds {
                let job = try await world.perform(kind, #"{"identifier": "\#(typed)"}"#)
                #expect(job.state == .done && job.subject == 10)
            }
            #expect(try await server.has("kept", exactly: 2))
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.recipientAddress.lowercased() == "camille.martin@lycee.example")
        }
    }

    /// A domain with an accent has a form in ASCII that every server takes.
    @Test(arguments: kinds) func anAddressAtAnInternationalisedDomainIsReached(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@collège.example\u{A0}"))
            let job = try await world.perform(kind, #"{"identifier": "Camille@Collège.example"}"#)
            #expect(job.state == .done && job.subject == 10)
            #expect(try await server.event("kept").recipients == ["camille@xn--collge-6ua.example"])
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.recipientAddress == "camille@xn--collge-6ua.example")
            #expect(mail.isASCII && mail.defects == [])
        }
    }

    /// A mail queued in a transaction that rolled back went out all the same.
    @Test(arguments: kinds) func aMailQueuedInATransactionThatRollsBackIsNotSent(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(
                script: """
                    BEGIN;
                    \(PlatformFixture.account(10, email: "camille@lycee.example"))
                    SELECT relais.enqueue('\(kind)', '{"account_id": 10}');
                    ROLLBACK;
                    """
            )
            #expect(try await world.integer("SELECT count(*) FROM relais.job") == 0)
            #expect(server.count("connection") == 0)
        }
    }

    /// A mail was rendered before the commit, with what stood there then; here it is rendered when it is sent.
    @Test(arguments: kinds) func aMailSaysWhatIsTrueWhenItIsSentAndNotWhenItWasQueued(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "ancienne@lycee.example"))
            let id = try await world.enqueue(kind, #"{"identifier": "ancienne@lycee.example"}"#)
            try await world.run(
                script:
                    "UPDATE platform.account SET email = 'nouvelle@lycee.example', first_name = 'Inès' WHERE id = 10"
            )
            #expect(try await world.worker.attempt(id).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.recipientAddress == "nouvelle@lycee.example")
            #expect(mail.text.contains("Inès") && !mail.text.contains("Zoé"))
        }
    }

    @Test(arguments: kinds) func aWorkerKilledBetweenAttemptsSendsTheSameLink(_ kind: String) async throws {
        try await WorkersWorld.run(rules: [.init("accepted", times: 1, drop: true)]) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let id = try await world.enqueue(kind, #"{"account_id": 10}"#)
            #expect(try await world.worker.attempt(id).state == .pending)
            _ = try await world.worker.claim(id)
            try await world.rescue(world.worker)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .done && job.crashes == 1)
            let mails = try await [ReceivedMail.parse(server.mail(1)), ReceivedMail.parse(server.mail(2))]
            let links = mails.map { $0.text.matches(of: /https:\S+/).map { String($0.output) } }
            #expect(links[0].count == 1 && links[0] == links[1])
            #expect(mails[0].messageID == mails[1].messageID)
        }
    }
}
