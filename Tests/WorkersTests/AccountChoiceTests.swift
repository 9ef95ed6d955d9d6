import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Which account an identifier means, and why some get no mail.
@Suite struct AccountChoiceTests {
    private static let sameAddress = [
        PlatformFixture.account(10, email: "camille@lycee.example", created: "'2021-09-01'"),
        PlatformFixture.account(11, email: "Camille@lycee.example", created: "'2021-09-03'"),
        PlatformFixture.account(12, email: "camille@lycee.example ", confirmed: true, created: "'2021-09-04'"),
        PlatformFixture.account(13, email: "camille@lycee.example", discarded: true, created: "'2021-09-05'"),
        PlatformFixture.account(14, email: "autre@lycee.example", created: "'2021-09-06'"),
    ].joined()

    @Test(arguments: [("account.activation", 11), ("account.password-reset", 12)])
    func ofSeveralAccountsWithOneAddressTheLikeliestIsMeant(_ kind: String, _ account: Int64) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.sameAddress)
            let job = try await world.perform(kind, #"{"identifier": "camille@lycee.example"}"#)
            #expect(job.state == .done)
            #expect(job.subject == account)
            try await server.event("kept")
        }
    }

    @Test(arguments: ["account.activation", "account.password-reset"])
    func anUnknownIdentifierEndsObsoleteAndIsKeptNowhere(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            let job = try await world.perform(kind, #"{"identifier": " Personne.Inconnue@Nulle-Part.example "}"#)
            #expect(job.state == .obsolete)
            #expect(job.reason == "unknown-identifier")
            #expect(job.subject == nil)
            #expect(try await world.traces(of: "personne.inconnue") == [])
            #expect(try await world.traces(of: "nulle-part") == [])
            #expect(server.count("connection") == 0)
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let kind: String
        let account: String?
        let reason: String
        var testDescription: String { "\(kind): \(reason)" }
    }

    static let refusals =
        [
            Refusal(
                kind: "account.activation",
                account: PlatformFixture.account(10, email: "a@b.example", confirmed: true),
                reason: "already-active"
            )
        ]
        + ["account.activation", "account.password-reset"].flatMap { kind in
            [
                Refusal(
                    kind: kind,
                    account: PlatformFixture.account(10, email: "a@b.example", discarded: true),
                    reason: "account-discarded"
                ),
                Refusal(
                    kind: kind,
                    account: PlatformFixture.account(10, email: "  "),
                    reason: "no-address"
                ),
                Refusal(
                    kind: kind,
                    account: PlatformFixture.account(10, email: "élève@collège.example"),
                    reason: "invalid-address"
                ),
                Refusal(
                    kind: kind,
                    account: PlatformFixture.account(10, email: "a@b.example\r\nRCPT TO:<x@y.example>"),
                    reason: "invalid-address"
                ),
                Refusal(kind: kind, account: nil, reason: "account-gone"),
            ]
        }

    @Test(arguments: refusals)
    func anAccountThatCannotOrNeedNotBeReachedEndsObsoleteWithTheReason(_ refusal: Refusal) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            if let account = refusal.account { try await world.run(script: account) }
            let job = try await world.perform(refusal.kind, #"{"account_id": 10}"#)
            #expect(job.state == .obsolete)
            #expect(job.reason == refusal.reason)
            #expect(try await world.integer("SELECT count(*) FROM delivery.token") == 0)
            #expect(try await world.traces(of: "33612345678") == [])
            #expect(server.count("connection") == 0)
        }
    }

    @Test func anAccountDiscardedBetweenEnqueueAndAttemptGetsNothing() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let id = try await world.enqueue("account.password-reset", #"{"identifier": "camille@lycee.example"}"#)
            try await world.run(script: "UPDATE platform.account SET discarded_at = now() WHERE id = 10")
            #expect(try await world.worker.attempt(id).reason == "account-discarded")
            #expect(server.count("connection") == 0)
        }
    }

    @Test func aResetMailThatIsSixHoursLateIsNotSent() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: PlatformFixture.account(10, email: "camille@lycee.example"))
            let id = try await world.enqueue("account.password-reset", #"{"account_id": 10}"#)
            let hours = try await world.integer(
                "SELECT round(extract(epoch FROM deadline - created_at) / 3600)::int FROM relais.job"
            )
            #expect(hours == 6)
            try await world.run(
                script: "UPDATE relais.job SET deadline = deadline - interval '6 hours' - interval '1 second'"
            )
            let job = try await world.worker.attempt(id)
            #expect(job.state == .obsolete)
            #expect(job.reason == "deadline")
            #expect(try await world.integer("SELECT count(*) FROM delivery.token") == 0)
            #expect(server.count("connection") == 0)
        }
    }
}
