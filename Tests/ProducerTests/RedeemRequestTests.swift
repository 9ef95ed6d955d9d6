import Foundation
import HTTPTypes
import JobEngine
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import producer

/// Who may redeem, how often, and what stays out of the log.
@Suite struct RedeemRequestTests {
    /// A clock that goes on when it is told to.
    private final class SetClock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func advance(by duration: Duration) { instant.withLock { $0 += duration } }
    }

    @Test func oneTokenIsAskedForTenTimesAMinuteAndAnotherOneMeanwhile() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            for _ in 1...10 { #expect(try await world.redeem(.activation, token, consume: false).status == 200) }
            let answer = try await world.redeem(.activation, token)
            #expect(answer.status == 429 && answer.slug == "too-many-redemptions")
            let seconds = try #require(answer.headers[.retryAfter].flatMap(Int.init))
            #expect((1...61).contains(seconds))
            #expect(try await world.redeem(.activation, "another").status == 404)
        }
    }

    @Test func theLimitEndsWithItsMinute() {
        let instant = SetClock()
        let limit = RedeemLimit(now: { instant.now })
        let key = RedeemLimit.Key("activation", "x")
        for _ in 1...10 { #expect(limit.wait(for: key) == nil) }
        #expect(limit.wait(for: key) == .seconds(60))
        #expect(limit.wait(for: RedeemLimit.Key("password-reset", "x")) == nil)
        instant.advance(by: .seconds(60))
        #expect(limit.wait(for: key) == nil)
    }

    @Test(arguments: [
        #"{}"#, #"{"purpose": "activation"}"#, #"{"purpose": "other", "token": "x"}"#, #"{"token": "x"}"#,
        #"{"purpose": "activation", "token": "x", "code": "1"}"#, #"{"purpose": "activation", "identifier": "a@b.c"}"#,
        #"{"purpose": "activation", "token": 5}"#, #"{"purpose": "activation", "token": "x", "consume": "no"}"#,
        #"{"purpose": "activation", "token": "x", "name": "Ana"}"#, "[]",
    ])
    func anUnclearRequestIsRefusedWithoutRepeatingIt(_ body: String) async throws {
        try await withIntake { world in
            let answer = try await world.call(.post, "/v1/tokens/redeem", body: body)
            #expect(answer.status == 422 && answer.slug == "invalid-redemption")
            #expect(!answer.text.contains("Ana") && !answer.text.contains("a@b.c"))
        }
    }

    @Test func onlyThePlatformRedeems() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            let body = #"{"purpose": "activation", "token": "\#(token)"}"#
            #expect(try await world.call(.post, "/v1/tokens/redeem", body: body, as: .nobody).status == 401)
            let viewer = try await world.makeToken("viewer", [.viewer, .operator, .metrics])
            #expect(try await world.call(.post, "/v1/tokens/redeem", body: body, as: .holder(viewer)).status == 403)
            #expect(try await world.call(.get, "/v1/tokens/redeem").status == 405)
            #expect(try await !world.isConfirmed())
        }
    }

    /// Neither when it goes well nor when the database refuses.
    @Test func noTokenCodeOrNumberStandsInTheLog() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.passwordReset, job: 1)
            let code = try await world.sendCode(.activation, job: 2)
            _ = try await world.redeem(.passwordReset, token)
            _ = try await world.redeem(.passwordReset, token)
            _ = try await world.guess(.activation, code)
            _ = try await world.guess(.activation, IntakeWorld.other(code))
            try await world.database.withConnection { try await $0.run(script: "DROP TABLE delivery.token CASCADE") }
            #expect(try await world.redeem(.passwordReset, token).status == 500)
            #expect(try await world.guess(.activation, code).status == 500)
            #expect(!world.log.lines.isEmpty)
            for line in world.log.lines {
                #expect(!line.contains(token) && !line.contains(code) && !line.contains("612345678"))
            }
        }
    }
}
