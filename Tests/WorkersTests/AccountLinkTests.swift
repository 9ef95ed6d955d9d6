import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Activation and reset mails: whom they reach, and that their link is a secret which only the mail holds.
@Suite struct AccountLinkTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let subject: String
        let link: @Sendable () -> Regex<(Substring, Substring)>
        let purpose: String
        let lifetime: Int
        var testDescription: String { name }
    }

    static let kinds = [
        Kind(
            name: "account.activation",
            subject: "Plus qu'une étape pour activer votre compte",
            link: { #/https:\/\/platform\.test\/activation\?jeton=([A-Za-z0-9_-]{43})&source=mail/# },
            purpose: "activation",
            lifetime: 7 * 86_400
        ),
        Kind(
            name: "account.password-reset",
            subject: "Réinitialisation de votre mot de passe",
            link: { #/https:\/\/platform\.test\/mot-de-passe\/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/# },
            purpose: "password-reset",
            lifetime: 6 * 3600
        ),
    ]

    @Test(arguments: kinds, [#"{"account_id": 10}"#, #"{"identifier": "  CAMILLE@Lycee.Example  "}"#])
    func theMailReachesTheAccountWithALinkInBothParts(_ kind: Kind, _ arguments: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: " Camille@lycee.example "))
            let job = try await world.perform(kind.name, arguments)
            #expect(job.state == .done)
            #expect(job.mailState == "accepted")
            #expect(job.subject == 10)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == kind.subject)
            #expect(mail.recipientAddress == "Camille@lycee.example")
            #expect(mail.headers["from"]?.contains("ne-pas-repondre@relais.test") == true)
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"])
            #expect(mail.text.contains("Zoé"))
            #expect(mail.defects == [])
            let token = try mail.token(kind.link())
            let row = try await #require(
                world.pool.query(
                    """
                    SELECT purpose, account_id, digest = sha256(convert_to(\(token), 'UTF8')) AS is_digest,
                        extract(epoch FROM expires_at - created_at)::int AS lifetime
                    FROM delivery.token
                    """
                ).first
            )
            #expect(try row.decode("purpose", as: String.self) == kind.purpose)
            #expect(try row.decode("account_id", as: Int.self) == 10)
            #expect(try row.decode("is_digest", as: Bool.self))
            #expect(try row.decode("lifetime", as: Int.self) == kind.lifetime)
            #expect(try await world.traces(of: token) == [])
            #expect(try await world.traces(of: "lycee.example") == [])
            #expect(try await world.traces(of: "Zoé") == [])
        }
    }

    @Test func tracesOfAPersonalTextWouldBeFound() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO relais.job (kind, queue, arguments)
                        VALUES ('a.b', 'notice', '{"to": "Camille@lycee.example"}');
                    INSERT INTO delivery.token (purpose, account_id, job, digest, expires_at) VALUES
                        ('activation', 1, gen_random_uuid(), convert_to('camille@lycee.example-32-bytes..', 'UTF8'), now());
                    """
            )
            world.log.append("sent to camille@LYCEE.example")
            let traces = try await world.traces(of: "camille@lycee.example")
            #expect(Set(traces) == ["relais.job", "delivery.token", "log"])
        }
    }

    @Test(arguments: kinds)
    func aSecondAttemptCarriesTheSameLinkAndMessageID(_ kind: Kind) async throws {
        // The first mail is kept and its answer lost.
        try await WorkersWorld.run(rules: [.init("accepted", times: 1, drop: true)]) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let id = try await world.enqueue(kind.name, #"{"account_id": 10}"#)
            #expect(try await world.worker.attempt(id).state == .pending)
            #expect(try await world.mailState(id) == "handed-over")
            let job = try await world.worker.attempt(id)
            #expect(job.state == .done)
            #expect(job.mailState == "accepted")
            let first = try await ReceivedMail.parse(server.mail(1))
            let second = try await ReceivedMail.parse(server.mail(2))
            #expect(first.messageID == second.messageID)
            #expect(first.messageID == "<\(id)@relais.test>")
            #expect(try first.token(kind.link()) == second.token(kind.link()))
        }
    }

    @Test(arguments: kinds)
    func theTokenOfAnotherJobReplacesTheFormerOne(_ kind: Kind) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            _ = try await world.perform(kind.name, #"{"account_id": 10}"#)
            _ = try await world.perform(kind.name, #"{"account_id": 10}"#)
            let first = try await ReceivedMail.parse(server.mail(1))
            let second = try await ReceivedMail.parse(server.mail(2))
            #expect(first.messageID != second.messageID)
            let former = try first.token(kind.link())
            let token = try second.token(kind.link())
            #expect(former != token)
            let live = try await world.integers(
                """
                SELECT (digest = sha256(convert_to(\(token), 'UTF8')))::int FROM delivery.token WHERE replaced_at IS NULL
                """
            )
            #expect(live == [1])
        }
    }

    @Test(arguments: kinds)
    func anOlderJobThatIsTriedAgainLeavesTheLinkOfANewerMailAlive(_ kind: Kind) async throws {
        try await WorkersWorld.run(rules: [.init("rcpt", times: 1, reply: "451 4.3.0 Later")]) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let older = try await world.enqueue(kind.name, #"{"account_id": 10}"#)
            #expect(try await world.worker.attempt(older).state == .pending)
            // By account it would be the same job, which waits for its second attempt.
            let newer = try await world.perform(kind.name, #"{"identifier": "camille@lycee.example"}"#)
            #expect(newer.state == .done)
            let token = try await ReceivedMail.parse(server.mail()).token(kind.link())
            let late = try await world.worker.attempt(older)
            #expect(late.state == .obsolete)
            #expect(late.reason == "superseded")
            let live = try await world.integers(
                "SELECT (digest = sha256(convert_to(\(token), 'UTF8')))::int FROM delivery.token WHERE replaced_at IS NULL"
            )
            #expect(live == [1])
            #expect(try await server.has("kept", exactly: 1))
        }
    }

    /// The time in the id of a job tells nothing once a clock was set back.
    @Test(arguments: kinds) func aLinkFromBeforeAClockWasSetBackSilencesNoNewerOne(_ kind: Kind) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            _ = try await world.pool.execute(
                """
                INSERT INTO delivery.token (purpose, account_id, digest, created_at, expires_at, job)
                SELECT \(kind.purpose), 10, sha256('former'), ahead, ahead + interval '6 hours',
                    encode(overlay(uuid_send(relais.uuid_v7()) PLACING substring(
                        int8send((extract(epoch FROM ahead) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 'hex')::uuid
                FROM (SELECT clock_timestamp() + interval '10 minutes' AS ahead) AS clock
                """
            )
            let job = try await world.perform(kind.name, #"{"identifier": "camille@lycee.example"}"#)
            #expect(job.state == .done, "\(job.reason ?? "")")
            let token = try await ReceivedMail.parse(server.mail()).token(kind.link())
            let redemption = TokenRedemption(
                try #require(AccountToken.Purpose(rawValue: kind.purpose)),
                .token(token),
                consume: true,
                secret: try SigningSecret(WorkersEnvironment.secret.utf8)
            )
            let outcome = try await world.pool.transaction { try await redemption.run(on: $0) }
            #expect(outcome == .redeemed(account: 10))
            #expect(try await world.integer("SELECT count(*) FROM delivery.token WHERE replaced_at IS NULL") == 1)
        }
    }

    @Test(arguments: kinds, ["expired", "dead"])
    func anOlderJobSendsAfterAllWhenTheNewerLinkIsOfNoUse(_ kind: Kind, _ state: String) async throws {
        let refusals: [ScriptedSMTPServer.Rule] = [
            .init("rcpt", times: 1, reply: "451 4.3.0 Later"),
            .init("rcpt", times: state == "dead" ? 1 : 0, reply: "550 5.1.1 No such user"),
        ]
        try await WorkersWorld.run(rules: refusals) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let older = try await world.enqueue(kind.name, #"{"account_id": 10}"#)
            #expect(try await world.worker.attempt(older).state == .pending)
            let newer = try await world.perform(kind.name, #"{"identifier": "camille@lycee.example"}"#)
            #expect(newer.state == (state == "dead" ? .dead : .done))
            if state == "expired" { try await world.run(script: "UPDATE delivery.token SET expires_at = now()") }
            #expect(try await world.worker.attempt(older).state == .done)
            let token = try await ReceivedMail.parse(server.mail(state == "dead" ? 1 : 2)).token(kind.link())
            let live = try await world.integers(
                "SELECT (digest = sha256(convert_to(\(token), 'UTF8')))::int FROM delivery.token WHERE replaced_at IS NULL"
            )
            #expect(live == [1])
        }
    }

    @Test(arguments: kinds)
    func aWorkerThatLostItsClaimReplacesNoTokenAndSendsNothing(_ kind: Kind) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let job = try await world.worker.claim(try await world.enqueue(kind.name, #"{"account_id": 10}"#))
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            let record = try await world.worker.run(job)
            #expect(record.state == .running)
            #expect(record.failures == 0)
            #expect(try await world.integer("SELECT count(*) FROM delivery.token") == 0)
            #expect(server.count("connection") == 0)
        }
    }
}
