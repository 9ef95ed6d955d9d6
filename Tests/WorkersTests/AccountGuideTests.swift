import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What the platform's guide promises about accounts, heading by heading, from the request to the account.
@Suite struct AccountGuideTests {
    private static var activationLink: Regex<(Substring, Substring)> { #/jeton=([A-Za-z0-9_-]{43})&source=mail/# }
    private static var resetLink: Regex<(Substring, Substring)> {
        #/mot-de-passe\/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/#
    }

    private func redeem(
        _ purpose: AccountToken.Purpose,
        _ proof: TokenRedemption.Proof,
        in world: WorkersWorld
    ) async throws -> TokenRedemption.Outcome {
        let secret = try SigningSecret(WorkersEnvironment.secret.utf8)
        let redemption = TokenRedemption(purpose, proof, consume: true, secret: secret)
        return try await world.pool.transaction { try await redemption.run(on: $0) }
    }

    private func isActive(_ world: WorkersWorld) async throws -> Bool {
        try await world.integer("SELECT count(*) FROM platform.account WHERE id = 10 AND confirmed_at IS NOT NULL") == 1
    }

    @Test("Comment s'inscrire, trois étapes: un message de validation")
    func anInvitedReferentGetsTheMessageThatOpensHisAccess() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(
                script: """
                    INSERT INTO platform.referent_invitation (id, email, kind, department_code)
                        VALUES (7, 'referent@prefecture.example', 'departmental_referent', '75');
                    """
            )
            #expect(try await world.perform("referent.welcome", #"{"invitation_id": 7}"#).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Ouverture de votre accès référent départemental")
        }
    }

    @Test("Six étapes: l'e-mail d'activation")
    func theLinkOfTheActivationMailActivatesTheAccount() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            _ = try await world.perform("account.activation", #"{"account_id": 10}"#)
            let token = try await ReceivedMail.parse(server.mail()).token(Self.activationLink)
            #expect(try await redeem(.activation, .token(token), in: world) == .redeemed(account: 10))
            #expect(try await isActive(world))
        }
    }

    @Test("Je n'ai pas reçu l'e-mail d'activation")
    func whoAsksAgainGetsANewLinkAndTheFormerOneIsReplaced() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            _ = try await world.perform("account.activation", #"{"account_id": 10}"#)
            let again = #"{"identifier": "Camille@Lycee.example"}"#
            #expect(try await world.perform("account.activation", again).state == .done)
            let former = try await ReceivedMail.parse(server.mail(1)).token(Self.activationLink)
            let latest = try await ReceivedMail.parse(server.mail(2)).token(Self.activationLink)
            #expect(try await redeem(.activation, .token(former), in: world) == .gone(.replaced))
            #expect(try await redeem(.activation, .token(latest), in: world) == .redeemed(account: 10))
            #expect(try await world.perform("account.activation", again).reason == "already-active")
        }
    }

    @Test("Mot de passe oublié")
    func theLinkOfTheResetMailWorksOnce() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example", confirmed: true))
            _ = try await world.perform("account.password-reset", #"{"identifier": "camille@lycee.example"}"#)
            let token = try await ReceivedMail.parse(server.mail()).token(Self.resetLink)
            #expect(try await redeem(.activation, .token(token), in: world) == .unknown)
            #expect(try await redeem(.passwordReset, .token(token), in: world) == .redeemed(account: 10))
            #expect(try await redeem(.passwordReset, .token(token), in: world) == .gone(.used))
        }
    }

    @Test("Accéder à mon compte: par e-mail ou téléphone portable")
    func whoHasOnlyATelephoneActivatesWithTheCodeOfAnSMS() async throws {
        try await SMSServer.run([.status(200)]) { gateway in
            try await WorkersWorld.run(environment: ["RELAIS_SMS_URL": gateway.url]) { world in
                try await world.run(script: PlatformFixture.account(10, email: nil, phone: "+33612345678"))
                _ = try await world.perform("account.activation", #"{"identifier": "06 12 34 56 78"}"#)
                let code = try #require(try await gateway.received(1).first?.code)
                let proof = TokenRedemption.Proof.code(code, phone: "+33612345678")
                #expect(try await redeem(.passwordReset, proof, in: world) == .unknown)
                #expect(try await redeem(.activation, proof, in: world) == .redeemed(account: 10))
                #expect(try await isActive(world))
            }
        }
    }
}
