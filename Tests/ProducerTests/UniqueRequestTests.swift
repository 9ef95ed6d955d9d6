import Foundation
import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// The same request is the same job, and the answer says so where it may.
@Suite struct UniqueRequestTests {
    @Test func theSameExportAskedTwiceIsOneJob() async throws {
        try await withIntake { world in
            let first = try await world.call(
                .post,
                "/v1/jobs/export.offers",
                body: #"{"school_year": 2021, "requested_by": 2}"#
            )
            // What the référent's scope puts in makes no other request of it.
            let second = try await world.call(
                .post,
                "/v1/jobs/export.offers",
                body: #"{"requested_by": 2, "school_year": 2021, "department": "75", "format": "xlsx"}"#
            )
            #expect(first.status == 202 && second.status == 202)
            #expect(first.headers[.location] != nil && first.headers[.location] == second.headers[.location])
            #expect(first.members["existing"] == .boolean(false))
            #expect(second.members["existing"] == .boolean(true))
            #expect(try await world.count("relais.job") == 1)
        }
    }

    @Test func aCallersKeyAndSubjectStandInTheQuery() async throws {
        try await withIntake { world in
            let path = "/v1/jobs/application.expired-notice?unique_key=k%40x&subject=3"
            let first = try await world.call(.post, path, body: #"{"application_id": 1}"#)
            let second = try await world.call(.post, path, body: #"{"application_id": 2}"#)
            #expect(first.headers[.location] != nil && first.headers[.location] == second.headers[.location])
            #expect(try await world.count("relais.job WHERE subject = 3") == 1)
            let wrong = try await world.call(.post, "/v1/jobs/statistics.refresh?subject=0&unique_key=", body: "{}")
            #expect(wrong.status == 422 && wrong.errors.count == 2)
        }
    }

    /// Whether one has an account, and whether somebody has asked before, are things that no answer tells.
    @Test(arguments: ["admin@example.test", "nobody@example.test"])
    func everyRequestByIdentifierGetsAReceiptOfItsOwn(_ identifier: String) async throws {
        try await withIntake { world in
            var answers: [Answer] = []
            for _ in 1...3 {
                let body = #"{"identifier": "\#(identifier)"}"#
                answers.append(try await world.call(.post, "/v1/jobs/account.password-reset", body: body))
            }
            #expect(Set(answers.compactMap { $0.headers[.location] }).count == 3)
            #expect(answers.allSatisfy { $0.status == 202 && $0.members["existing"] == .boolean(false) })
            #expect(Set(answers.map(\.text.count)).count == 1)
            #expect(try await world.count("relais.job") == 1)
            for answer in answers {
                let location = try #require(answer.headers[.location])
                let shown = try await world.call(.get, location)
                #expect(shown.status == 200 && shown.members["state"] == .string("pending"))
                #expect(shown.members["id"] == answer.members["id"])
            }
        }
    }

    @Test func aKeyThatAnOpenTransactionHoldsIsAnswered503AndTheNextCallSucceeds() async throws {
        try await withIntake { world in
            try await world.database.withConnection { holder in
                try await holder.run(script: "BEGIN; SELECT relais.enqueue('statistics.refresh')")
                let refused = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
                #expect(refused.status == 503 && refused.slug == "unique-key-in-use")
                #expect(refused.headers[.retryAfter] == "1")
                try await holder.run(script: "ROLLBACK")
            }
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
            #expect(answer.status == 202 && answer.members["existing"] == .boolean(false))
        }
    }
}
