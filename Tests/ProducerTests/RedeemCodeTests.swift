import Foundation
import HTTPTypes
import JobEngine
import Platform
import Postgres
import Testing

@testable import producer

/// `POST /v1/tokens/redeem` with the code of an SMS: six digits are few, so guesses are counted.
@Suite struct RedeemCodeTests {
    @Test(arguments: ["06 12 34 56 78", "06.12.34.56.78", "+33612345678", "0033 6 12 34 56 78", "+33 (0)6-12-34-56-78"])
    func aCodeIsRedeemedWithItsNumberHoweverThatIsWritten(_ identifier: String) async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.activation, job: 1)
            let answer = try await world.guess(.activation, "\(code.prefix(3)) \(code.suffix(3))", of: identifier)
            #expect(answer.status == 200 && answer.members["account_id"] == .integer(IntakeWorld.redeemer))
            #expect(try await world.isConfirmed())
            #expect(try await world.guess(.activation, code, of: identifier).status == 200, "a second time")
        }
    }

    /// The fifth wrong guess is the last one: the counter is committed although the answer is no.
    @Test func afterFiveWrongGussesTheRightCodeIsWorthless() async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.passwordReset, job: 1)
            for number in 1...5 {
                let answer = try await world.guess(.passwordReset, IntakeWorld.other(code, number))
                #expect(answer.status == 404 && answer.slug == "unknown-token")
            }
            let answer = try await world.guess(.passwordReset, code)
            #expect(answer.status == 410 && answer.members["reason"] == .string("guessed"))
            let next = try await world.sendCode(.passwordReset, job: 2)
            #expect(try await world.guess(.passwordReset, next).status == 200, "a new code has guesses of its own")
        }
    }

    @Test func fourWrongGuessesLeaveTheFifthToBeRight() async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.passwordReset, job: 1)
            for number in 1...4 {
                #expect(try await world.guess(.passwordReset, IntakeWorld.other(code, number)).status == 404)
            }
            #expect(try await world.guess(.passwordReset, code).status == 200)
            #expect(try await world.guess(.passwordReset, code).status == 410)
        }
    }

    @Test func wrongGuessesAtOnceCountEach() async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.passwordReset, job: 1)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...8 {
                    group.addTask { try await world.guess(.passwordReset, IntakeWorld.other(code, number)).status }
                }
                for try await status in group { #expect(status == 404) }
            }
            #expect(try await world.count("delivery.token WHERE wrong_guesses = 5") == 1)
            #expect(try await world.guess(.passwordReset, code).status == 410)
        }
    }

    /// Whoever guesses learns nothing about who has an account: neither from one answer nor from ten.
    @Test func aWrongCodeSoundsLikeANumberThatNobodyHas() async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.passwordReset, job: 1)
            for number in 1...12 {
                let known = try await world.guess(.passwordReset, IntakeWorld.other(code, number))
                let unknown = try await world.guess(
                    .passwordReset,
                    IntakeWorld.other(code, number),
                    of: "07 00 00 00 00"
                )
                #expect(known.status == unknown.status && known.text == unknown.text)
                #expect(known.status == (number <= 10 ? 404 : 429))
            }
        }
    }

    /// The work that a guess makes differs with what is there, and shorter than this it could be told by the time.
    @Test(arguments: [IntakeWorld.phone, "07 00 00 00 00", "nobody@example.test"])
    func noAnswerAboutACodeComesEarlierThanTheOthers(_ identifier: String) async throws {
        try await withIntake { world in
            let code = try await world.sendCode(.passwordReset, job: 1)
            for guess in [IntakeWorld.other(code), code] {
                let start = ContinuousClock.now
                _ = try await world.guess(.passwordReset, guess, of: identifier)
                #expect(ContinuousClock.now - start >= .milliseconds(25))
            }
        }
    }

    @Test func onlyWhoKnowsACodeHearsThatItIsOver() async throws {
        try await withIntake { world in
            let former = try await world.sendCode(.passwordReset, job: 1)
            let latest = try await world.sendCode(.passwordReset, job: 2)
            let replaced = try await world.guess(.passwordReset, former)
            #expect(replaced.status == 410 && replaced.members["reason"] == .string("replaced"))
            #expect(try await world.count("delivery.token WHERE wrong_guesses = 1") == 1, "a guess at the latest one")
            try await world.pool.execute("UPDATE delivery.token SET expires_at = clock_timestamp()")
            let expired = try await world.guess(.passwordReset, latest)
            #expect(expired.status == 410 && expired.members["reason"] == .string("expired"))
            #expect(try await world.guess(.passwordReset, IntakeWorld.other(latest)).status == 404)
        }
    }
}
