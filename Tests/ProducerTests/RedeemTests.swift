import Foundation
import HTTPTypes
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import producer

/// `POST /v1/tokens/redeem` with the token of a link: whose it is, once.
@Suite struct RedeemTests {
    @Test func anActivationConfirmsTheAccountAndASecondClickIsASuccess() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            for _ in 1...2 {
                let answer = try await world.redeem(.activation, token)
                #expect(answer.status == 200)
                #expect(answer.members["account_id"] == .integer(IntakeWorld.redeemer))
                #expect(try await world.isConfirmed())
            }
        }
    }

    @Test func aLookWithoutUsingUpChangesNothing() async throws {
        try await withIntake { world in
            let activation = try await world.sendLink(.activation, job: 1)
            #expect(try await world.redeem(.activation, activation, consume: false).status == 200)
            #expect(try await !world.isConfirmed())
            let reset = try await world.sendLink(.passwordReset, job: 2)
            for _ in 1...2 {
                let look = try await world.redeem(.passwordReset, reset, consume: false)
                #expect(look.status == 200 && look.members["consumed"] == .boolean(false))
            }
            #expect(try await world.redeem(.passwordReset, reset).status == 200)
            let late = try await world.redeem(.passwordReset, reset, consume: false)
            #expect(late.status == 410 && late.members["reason"] == .string("used"))
        }
    }

    @Test func ofTwoRedemptionsOfOneResetTokenOneWins() async throws {
        try await withIntake { world in
            for number in 1...5 {
                let token = try await world.sendLink(.passwordReset, job: number)
                async let one = world.redeem(.passwordReset, token)
                async let two = world.redeem(.passwordReset, token)
                #expect(try await [one.status, two.status].sorted() == [200, 410])
            }
        }
    }

    @Test func aReplacedTokenHearsThatItWasReplaced() async throws {
        try await withIntake { world in
            let first = try await world.sendLink(.activation, job: 1)
            let second = try await world.sendLink(.activation, job: 2)
            let answer = try await world.redeem(.activation, first)
            #expect(answer.status == 410 && answer.slug == "token-gone")
            #expect(answer.members["reason"] == .string("replaced"))
            #expect(try await !world.isConfirmed())
            #expect(try await world.redeem(.activation, second).status == 200)
        }
    }

    @Test(arguments: AccountToken.Purpose.allCases)
    func anExpiredTokenHearsThatItsTimeIsOver(_ purpose: AccountToken.Purpose) async throws {
        try await withIntake { world in
            let token = try await world.sendLink(purpose, job: 1)
            try await world.pool.execute("UPDATE delivery.token SET expires_at = clock_timestamp()")
            let answer = try await world.redeem(purpose, token)
            #expect(answer.status == 410 && answer.members["reason"] == .string("expired"))
            // Used, and clicked again when its time is over: no success any more.
            try await world.pool.execute("UPDATE delivery.token SET used_at = clock_timestamp()")
            #expect(try await world.redeem(purpose, token).status == 410)
            #expect(try await !world.isConfirmed())
        }
    }

    @Test func aTokenIsOfNoUseForAnotherPurpose() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            for (purpose, text) in [
                (AccountToken.Purpose.passwordReset, token), (.activation, token + "x"), (.activation, "?"),
            ] {
                let answer = try await world.redeem(purpose, text)
                #expect(answer.status == 404 && answer.slug == "unknown-token")
            }
            #expect(try await world.redeem(.activation, token).status == 200)
        }
    }

    @Test func aDeletedAccountIsNotActivated() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            try await world.pool.execute("UPDATE platform.account SET discarded_at = now() WHERE id = 3")
            let answer = try await world.redeem(.activation, token)
            #expect(answer.status == 410 && answer.members["reason"] == .string("account-gone"))
            #expect(try await !world.isConfirmed())
        }
    }

    @Test func anAccountThatThePlatformHasLockedIsAnswered503AndNothingIsUsedUp() async throws {
        try await withIntake { world in
            let token = try await world.sendLink(.activation, job: 1)
            try await world.database.withConnection { holder in
                try await holder.run(script: "BEGIN; UPDATE platform.account SET first_name = 'X' WHERE id = 3")
                let answer = try await world.redeem(.activation, token)
                #expect(answer.status == 503 && answer.slug == "account-locked")
                try await holder.run(script: "ROLLBACK")
            }
            #expect(try await world.count("delivery.token WHERE used_at IS NULL") == 1)
            #expect(try await world.redeem(.activation, token).status == 200)
        }
    }
}
