import HTTPTypes
import Hummingbird
import JobEngine

/// The problems that intake answers with, each in one place.
extension Problem {
    // MARK: - The request

    static let unknownPath = Problem(
        status: .notFound,
        slug: "unknown-path",
        title: "Unknown path",
        detail: "Nothing is served under this path. Jobs are taken at POST /v1/jobs/{kind} and POST /v1/jobs."
    )

    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> Problem {
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed,
            slug: "method-not-allowed",
            title: "Method not allowed",
            detail: "This path is served with \(list).",
            headers: [.allow: list]
        )
    }

    static let unsupportedMediaType = Problem(
        status: .unsupportedMediaType,
        slug: "unsupported-media-type",
        title: "Unsupported media type",
        detail: "Expected the arguments as a JSON object with Content-Type: application/json.",
        headers: [.accept: "application/json"]
    )

    static func bodyTooLarge(maximum: Int, _ advice: String) -> Problem {
        Problem(
            status: .contentTooLarge,
            slug: "body-too-large",
            title: "Body too large",
            detail: "Expected at most \(maximum) bytes. \(advice)"
        )
    }

    /// A body that stops being HTTP, for example a chunk without its size.
    static let malformedBody = Problem(
        status: .badRequest,
        slug: "invalid-request",
        title: "Invalid request",
        detail: "Expected a body as its headers announce it; it stops being HTTP half way."
    )

    /// What came is no request at all.
    static let noRequest = Problem(
        status: .badRequest,
        slug: "invalid-request",
        title: "Invalid request",
        detail: "Expected an HTTP/1.1 request with one length and at most 64 header fields of 8 KiB, 16 KiB in all."
    )

    static func bodyTooSlow(_ limit: Duration) -> Problem {
        Problem(
            status: .requestTimeout,
            slug: "body-too-slow",
            title: "Body too slow",
            detail: "Expected the whole body within \(limit.components.seconds) s."
        )
    }

    static func malformedJSON(_ fault: JSONPlace.Fault) -> Problem {
        Problem(
            status: .badRequest,
            slug: "malformed-json",
            title: "Malformed JSON",
            detail: "Expected a JSON object in UTF-8; at line \(fault.line), column \(fault.column), "
                + fault.reason.rawValue + ".",
            more: ["line": .integer(Int64(fault.line)), "column": .integer(Int64(fault.column))]
        )
    }

    static func invalidHeader(_ name: String, expected: String, got: String) -> Problem {
        Problem(
            status: .badRequest,
            slug: "invalid-header",
            title: "Invalid header",
            detail: "Header \(name): expected \(expected), got \(got).",
            errors: [ArgumentField.Fault(field: name, expected: expected, got: got)]
        )
    }

    // MARK: - The job

    static func unknownKind(known: [String]) -> Problem {
        Problem(
            status: .notFound,
            slug: "unknown-kind",
            title: "Unknown kind",
            detail: "Expected one of the known kinds in the path: \(known.joined(separator: ", ")).",
            more: ["kinds": .array(known.map { .string($0) })]
        )
    }

    static func invalidArguments(_ faults: [ArgumentField.Fault]) -> Problem {
        Problem(
            status: .unprocessableContent,
            slug: "invalid-arguments",
            title: "Invalid arguments",
            detail: "\(faults.count == 1 ? "One thing is" : "\(faults.count) things are") wrong with the request, see "
                + "errors. Nothing was enqueued.",
            errors: faults
        )
    }

    static func invalidJobs(_ faults: [BulkFault]) -> Problem {
        Problem(
            status: .unprocessableContent,
            slug: "invalid-jobs",
            title: "Invalid jobs",
            detail:
                "Some of the jobs are wrong; errors has the first faults, each with the job's index from 0. Nothing "
                + "was enqueued.",
            more: [
                "errors": .array(
                    faults.map { entry in
                        .object([
                            "index": .integer(Int64(entry.index)), "field": .string(entry.fault.field),
                            "expected": .string(entry.fault.expected), "got": .string(entry.fault.got),
                        ])
                    }
                )
            ]
        )
    }

    static func queueFull(_ queue: String, limit: Int) -> Problem {
        Problem(
            status: .tooManyRequests,
            slug: "queue-full",
            title: "Queue full",
            detail:
                "As many jobs wait in the queue \(queue) as may (\(limit)). Nothing was enqueued. Repeat the request "
                + "when some have run.",
            headers: [.retryAfter: "10"],
            more: ["queue": .string(queue)]
        )
    }

    static func outsideScope(reason: String, _ explanation: String, index: Int? = nil) -> Problem {
        Problem(
            status: .forbidden,
            slug: "outside-scope",
            title: "Outside the account's scope",
            detail: "\(explanation) Nothing was enqueued.",
            more: ["reason": .string(reason)].merging(index.map { ["index": .integer(Int64($0))] } ?? [:]) { $1 }
        )
    }

    static let malformedID = Problem(
        status: .badRequest,
        slug: "malformed-id",
        title: "Malformed id",
        detail: "Expected a job's id as intake gave it: a UUID such as 0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70."
    )

    static let unknownJob = Problem(
        status: .notFound,
        slug: "unknown-job",
        title: "Unknown job",
        detail: "No job has this id, or its time is over."
    )
}
