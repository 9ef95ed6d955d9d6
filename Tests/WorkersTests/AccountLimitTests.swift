import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// At most five messages of a purpose for an account within the hour, however many ask.
@Suite struct AccountLimitTests {
    static let kinds = ["account.activation", "account.password-reset"]
    private static let account = PlatformFixture.account(10, email: "camille@lycee.example")

    @Test(arguments: kinds) func theSixthMessageWithinAnHourIsThrottled(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.account)
            for _ in 1...5 {
                #expect(try await world.perform(kind, #"{"identifier": "camille@lycee.example"}"#).state == .done)
            }
            let sixth = try await world.perform(kind, #"{"identifier": "camille@lycee.example"}"#)
            #expect(sixth.state == .obsolete && sixth.reason == "throttled")
            #expect(try await server.has("kept", exactly: 5))
            // The last link that went out still works.
            #expect(try await world.integer("SELECT count(*) FROM delivery.token WHERE replaced_at IS NULL") == 1)
            let live = try await world.integer(
                """
                SELECT (job = (SELECT max(id::text)::uuid FROM relais.job_finished WHERE state = 'done'))::int
                FROM delivery.token WHERE replaced_at IS NULL
                """
            )
            #expect(live == 1)
            // Of another purpose, or for another account, the limit is another one.
            let other = Self.kinds.first { $0 != kind } ?? ""
            #expect(try await world.perform(other, #"{"account_id": 10}"#).state == .done)
            try await world.run(script: PlatformFixture.account(11, email: "autre@lycee.example"))
            #expect(try await world.perform(kind, #"{"account_id": 11}"#).state == .done)
        }
    }

    @Test(arguments: kinds) func afterAnHourTheNextMessageGoesOut(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.account)
            for _ in 1...5 { _ = try await world.perform(kind, #"{"account_id": 10}"#) }
            try await world.run(
                script: """
                    UPDATE delivery.token SET created_at = clock_timestamp() - interval '3601 s'
                    WHERE job = (SELECT job FROM delivery.token ORDER BY created_at LIMIT 1)
                    """
            )
            #expect(try await world.perform(kind, #"{"account_id": 10}"#).state == .done)
            #expect(try await world.perform(kind, #"{"account_id": 10}"#).reason == "throttled")
            #expect(try await server.has("kept", exactly: 6))
        }
    }

    /// Rows from before a clock was set back: a few minutes ahead they are of this hour, and a year ahead they would lock
    /// their owner out for a year.
    @Test(arguments: kinds, [("10 minutes", "throttled" as String?), ("1 year", nil)])
    func messagesFromAheadOfTheClockCountForAnHourAtMost(_ kind: String, _ ahead: (String, String?)) async throws {
        try await WorkersWorld.run(rules: []) { world, _ in
            try await world.run(script: Self.account)
            for _ in 1...5 { _ = try await world.perform(kind, #"{"account_id": 10}"#) }
            try await world.run(
                script: "UPDATE delivery.token SET created_at = clock_timestamp() + interval '\(ahead.0)'"
            )
            let next = try await world.perform(kind, #"{"account_id": 10}"#)
            #expect(next.reason == ahead.1 && next.state == (ahead.1 == nil ? .done : .obsolete))
        }
    }

    /// A job that is tried again has its place among the five already: otherwise a server that defers each mail once
    /// would cost every fifth one.
    @Test(arguments: kinds) func anotherAttemptOfAJobIsNotAnotherMessage(_ kind: String) async throws {
        let refusals: [ScriptedSMTPServer.Rule] = [.init("rcpt", times: 3, reply: "451 4.3.0 Later")]
        try await WorkersWorld.run(rules: refusals) { world, server in
            try await world.run(script: Self.account)
            let first = try await world.enqueue(kind, #"{"account_id": 10}"#)
            for _ in 1...3 { #expect(try await world.worker.attempt(first).state == .pending) }
            #expect(try await world.worker.attempt(first).state == .done)
            for _ in 2...5 { #expect(try await world.perform(kind, #"{"account_id": 10}"#).state == .done) }
            #expect(try await world.perform(kind, #"{"account_id": 10}"#).reason == "throttled")
            #expect(try await server.has("kept", exactly: 5))
        }
    }

    /// Without the lock each of them would count the others as not there.
    @Test(arguments: kinds) func ofTenJobsAtOnceFiveSendAndOneLinkLives(_ kind: String) async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(script: Self.account)
            var jobs: [ClaimedJob] = []
            for _ in 1...10 { jobs.append(try await world.worker.claim(world.enqueue(kind, #"{"account_id": 10}"#))) }
            let reasons = try await withThrowingTaskGroup(of: String.self) { group in
                for job in jobs {
                    group.addTask { try await world.worker.run(job).reason ?? "sent" }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            // No job is lost and no sixth one sends.
            #expect(reasons.count == 10)
            #expect(reasons.count { $0 == "sent" } == 5 && reasons.count { $0 == "throttled" } == 5, "\(reasons)")
            #expect(try await server.has("kept", exactly: 5))
            #expect(try await world.integer("SELECT count(*) FROM delivery.token WHERE replaced_at IS NULL") == 1)
        }
    }

    @Test func codesAndLinksOfAnAccountCountTogether() async throws {
        try await SMSServer.run([.status(200)]) { gateway in
            try await WorkersWorld.run(rules: [], environment: ["RELAIS_SMS_URL": gateway.url]) { world, server in
                try await world.run(script: PlatformFixture.account(10, email: nil, phone: "+33612345678"))
                for _ in 1...3 { _ = try await world.perform("account.activation", #"{"account_id": 10}"#) }
                try await world.run(script: "UPDATE platform.account SET email = 'camille@lycee.example'")
                for _ in 1...2 { _ = try await world.perform("account.activation", #"{"account_id": 10}"#) }
                #expect(try await gateway.received(3).count == 3)
                #expect(try await server.has("kept", exactly: 2))
                #expect(try await world.perform("account.activation", #"{"account_id": 10}"#).reason == "throttled")
            }
        }
    }
}
