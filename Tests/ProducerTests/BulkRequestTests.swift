import Foundation
import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// Many jobs in one request: all of them or none.
@Suite struct BulkRequestTests {
    private static func notices(_ numbers: ClosedRange<Int>) -> [String] {
        numbers.map { #"{"kind": "application.expired-notice", "arguments": {"application_id": \#($0)}}"# }
    }

    private static func body(_ jobs: [String]) -> String {
        #"{"jobs": [\#(jobs.joined(separator: ","))]}"#
    }

    private static func jobs(_ answer: Answer) -> [[String: JSONValue]] {
        guard case .array(let jobs)? = answer.members["jobs"] else { return [] }
        return jobs.compactMap { if case .object(let members) = $0 { members } else { nil } }
    }

    @Test func jobsOfManyKindsComeBackInTheirOrderWithTheirOptions() async throws {
        try await withIntake { world in
            let answer = try await world.call(
                .post,
                "/v1/jobs",
                body: Self.body([
                    #"{"kind": "statistics.refresh"}"#,
                    #"{"kind": "export.offers", "arguments": {"school_year": 2021, "requested_by": 2}}"#,
                    #"{"kind": "statistics.refresh", "arguments": {}, "run_at": null}"#,
                    """
                    {"kind": "application.expired-notice", "arguments": {"application_id": 1}, "subject": 3,
                     "unique_key": "k", "run_at": "2030-01-01T00:00:00Z", "deadline": "2030-01-02T00:00:00Z"}
                    """,
                    #"{"kind": "account.activation", "arguments": {"identifier": "admin@example.test"}}"#,
                ])
            )
            #expect(answer.status == 202 && answer.headers[.location] == nil)
            let jobs = Self.jobs(answer)
            #expect(jobs.map { $0["existing"] } == [false, false, true, false, false].map { .boolean($0) })
            #expect(jobs.count == 5 && jobs[0]["id"] == jobs[2]["id"])
            #expect(jobs[1]["kind"] == .string("export.offers"))
            #expect(try await world.count("relais.job") == 4)
            let fitting: SQL = """
                relais.job WHERE kind = 'application.expired-notice' AND subject = 3 AND run_at = '2030-01-01 00:00+00'
                    AND deadline = '2030-01-02 00:00+00'
                """
            #expect(try await world.count(fitting) == 1)
            #expect(try await world.count("relais.job WHERE arguments ->> 'department' = '75'") == 1)
            #expect(try await world.count("relais.job WHERE arguments::text LIKE '%example%'") == 0)
        }
    }

    @Test func tenThousandAreTakenAndOneMoreIsRefused() async throws {
        try await withIntake { world in
            let answer = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...10_000)))
            #expect(answer.status == 202)
            #expect(Set(Self.jobs(answer).compactMap { $0["id"] }).count == 10_000)
            #expect(try await world.count("relais.job") == 10_000)
            let more = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...10_001)))
            #expect(more.status == 422)
            #expect(try await world.count("relais.job") == 10_000)
        }
    }

    @Test(arguments: [
        (#"{"kind": "account.delete"}"#, "kind: expected one of account.activation"),
        (#"{"arguments": {}}"#, "kind: expected one of"),
        (#"{"kind": "export.offers", "arguments": {"school_year": 1}}"#, "arguments.school_year: expected an integer"),
        (#"{"kind": "statistics.refresh", "arguments": []}"#, "arguments: expected a JSON object, got an array"),
        (#"{"kind": "statistics.refresh", "run_at": "tomorrow"}"#, "run_at: expected an RFC 3339 instant"),
        (#"{"kind": "statistics.refresh", "subject": "3"}"#, "subject: expected a positive integer, got a string"),
        (#"{"kind": "statistics.refresh", "idempotency_key": "k"}"#, "idempotency_key: expected only arguments"),
        ("7", ": expected a JSON object, got an integer"),
    ])
    func aBulkWithOneFaultEnqueuesNothingAndNamesItsIndexAndField(_ job: String, _ words: String) async throws {
        try await withIntake { world in
            let good = Self.notices(1...3)
            let answer = try await world.call(.post, "/v1/jobs", body: Self.body(good + [job] + good))
            #expect(answer.status == 422 && answer.slug == "invalid-jobs")
            #expect(answer.errors.first?.hasPrefix(words) == true, "\(answer.errors)")
            guard case .array(let errors)? = answer.members["errors"], case .object(let first)? = errors.first else {
                Issue.record("no errors in \(answer.text)")
                return
            }
            #expect(first["index"] == .integer(3))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func anExportOutsideItsAccountsScopeRefusesTheWholeAndIsNamed() async throws {
        try await withIntake { world in
            let export = #"{"kind": "export.offers", "arguments": {"school_year": 2021, "requested_by": 3}}"#
            let answer = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...2) + [export]))
            #expect(answer.status == 403 && answer.slug == "outside-scope")
            #expect(answer.members["index"] == .integer(2))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test(arguments: ["[]", "{}", #"{"jobs": []}"#, #"{"jobs": 3}"#, #"{"jobs": [{}], "more": 1}"#])
    func aBodyThatIsNoListOfJobsIsRefused(_ body: String) async throws {
        try await withIntake { world in
            let answer = try await world.call(.post, "/v1/jobs", body: body)
            #expect(answer.status == 422)
        }
    }

    @Test func moreThanEightMebibytesAreRefused() async throws {
        try await withIntake { world in
            let body = Self.body([#"{"kind": "\#(String(repeating: "x", count: 8 * 1024 * 1024))"}"#])
            let answer = try await world.call(.post, "/v1/jobs", body: body)
            #expect(answer.status == 413 && answer.slug == "body-too-large")
        }
    }

    @Test func aRepeatedBulkGetsTheSameAnswerAndNoSecondJobs() async throws {
        try await withIntake { world in
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            let first = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...50)), headers: key)
            let second = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...50)), headers: key)
            #expect(first.status == 202 && second.status == 202 && first.text == second.text)
            #expect(second.headers[.idempotentReplay] == "true")
            let other = try await world.call(.post, "/v1/jobs", body: Self.body(Self.notices(1...51)), headers: key)
            #expect(other.status == 422 && other.slug == "idempotency-key-reused")
            #expect(try await world.count("relais.job") == 50)
        }
    }
}
