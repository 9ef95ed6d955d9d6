import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// Each way for a request to be wrong is answered in words, and nothing is enqueued.
@Suite struct RequestFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var method: HTTPRequest.Method = .post
        var uri = "/v1/jobs/statistics.refresh"
        var body: String? = "{}"
        var contentType: String? = "application/json"
        var headers: HTTPFields = [:]
        var status: Int
        var slug: String
        var errors: [String] = []

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "not JSON", body: "{\n \"a\": x}", status: 400, slug: "malformed-json"),
        Case(name: "no body", body: "", status: 400, slug: "malformed-json"),
        Case(
            name: "no object",
            body: "[1]",
            status: 422,
            slug: "invalid-arguments",
            errors: [": expected a JSON object, got an array"]
        ),
        Case(
            name: "all that is wrong at once",
            uri: "/v1/jobs/export.offers?run_at=tomorrow",
            body: #"{"school_year": "2021", "is_public": 1, "adresse": "x@example.test"}"#,
            status: 422,
            slug: "invalid-arguments",
            errors: [
                "school_year: expected an integer from", "is_public: expected true or false, got an integer",
                "requested_by: expected a positive integer, got nothing",
                "adresse: expected only", "run_at: expected an RFC 3339 instant",
            ]
        ),
        Case(
            name: "an unknown option",
            uri: "/v1/jobs/statistics.refresh?runat=1",
            status: 422,
            slug: "invalid-arguments",
            errors: [
                "runat: expected only run_at, deadline, subject, unique_key in the query, got an unknown parameter"
            ]
        ),
        Case(
            name: "a deadline before the start",
            uri: "/v1/jobs/statistics.refresh?run_at=2030-01-02T00:00:00Z&deadline=2030-01-01T00:00:00Z",
            status: 422,
            slug: "invalid-arguments",
            errors: ["deadline: expected an instant after run_at, got an earlier one"]
        ),
        Case(
            name: "both account and identifier",
            uri: "/v1/jobs/account.activation",
            body: #"{"account_id": 1, "identifier": "a@example.test"}"#,
            status: 422,
            slug: "invalid-arguments",
            errors: ["account_id: expected exactly one of account_id and identifier, got both"]
        ),
        Case(name: "unknown kind", uri: "/v1/jobs/account.delete", status: 404, slug: "unknown-kind"),
        Case(name: "unknown path", uri: "/v2/jobs", status: 404, slug: "unknown-path"),
        Case(name: "method not allowed", method: .delete, status: 405, slug: "method-not-allowed"),
        Case(
            name: "a method that nobody serves",
            method: HTTPRequest.Method("PURGE") ?? .get,
            status: 405,
            slug: "method-not-allowed"
        ),
        Case(name: "no media type", contentType: nil, status: 415, slug: "unsupported-media-type"),
        Case(name: "another media type", contentType: "text/plain", status: 415, slug: "unsupported-media-type"),
        Case(
            name: "too large",
            body: "{\"a\":\"" + String(repeating: "x", count: 65_536) + "\"}",
            status: 413,
            slug: "body-too-large"
        ),
        Case(
            name: "a key with a blank",
            headers: [.idempotencyKey: "a b"],
            status: 400,
            slug: "invalid-header",
            errors: ["Idempotency-Key: expected one key of 1 to 255 visible ASCII characters, got others"]
        ),
        Case(
            name: "a long key",
            headers: [.idempotencyKey: String(repeating: "k", count: 256)],
            status: 400,
            slug: "invalid-header",
            errors: ["Idempotency-Key: expected one key of 1 to 255 visible ASCII characters, got 256 bytes"]
        ),
    ]

    @Test(arguments: cases)
    func aWrongRequestIsAnsweredInWordsAndEnqueuesNothing(_ fault: Case) async throws {
        try await withIntake { world in
            let answer = try await world.call(
                fault.method,
                fault.uri,
                body: fault.body,
                contentType: fault.contentType,
                headers: fault.headers
            )
            #expect(answer.status == fault.status)
            #expect(answer.slug == fault.slug)
            #expect(answer.members["status"] == .integer(Int64(fault.status)))
            #expect(answer.errors.count == fault.errors.count)
            for expected in fault.errors {
                #expect(answer.errors.contains { $0.hasPrefix(expected) }, "\(expected) not in \(answer.errors)")
            }
            #expect(!answer.text.contains("example.test"), "an answer quotes what came in")
            #expect(try await world.count("relais.job") == 0)
            #expect(try await world.count("relais.idempotency") == 0)
        }
    }

    @Test func malformedJSONIsPlaced() async throws {
        try await withIntake { world in
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{\n \"é\": x}")
            #expect(answer.members["line"] == .integer(2))
            #expect(answer.members["column"] == .integer(7))
        }
    }

    @Test func theAllowedMethodsAndTheKnownKindsAreNamed() async throws {
        try await withIntake { world in
            let refused = try await world.call(.put, "/v1/jobs/statistics.refresh")
            let allowed = refused.headers[.allow]
            #expect(allowed == "GET, HEAD, POST")
            let unknown = try await world.call(.post, "/v1/jobs/nothing", body: "{}")
            guard case .array(let kinds)? = unknown.members["kinds"] else {
                Issue.record("no kinds in \(unknown.text)")
                return
            }
            #expect(kinds.contains(.string("account.activation")))
        }
    }
}
