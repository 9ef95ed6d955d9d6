import HTTPTypes
import Hummingbird
import JobEngine

/// Problems of operators' requests.
extension Problem {
    static func invalidAct(_ faults: [ArgumentField.Fault]) -> Problem {
        Problem(
            status: .unprocessableContent,
            slug: "invalid-act",
            title: "Invalid act",
            detail: "\(faults.count == 1 ? "One thing is" : "\(faults.count) things are") wrong with the request, see "
                + "errors. Nothing was changed.",
            errors: faults
        )
    }

    static func invalidQuery(_ faults: [ArgumentField.Fault]) -> Problem {
        Problem(
            status: .badRequest,
            slug: "invalid-query",
            title: "Invalid query",
            detail: "\(faults.count == 1 ? "One thing is" : "\(faults.count) things are") wrong with the query, see "
                + "errors.",
            errors: faults
        )
    }

    /// The job is in a state in which this cannot be done to it.
    static func wrongState(_ detail: String, _ state: JobState) -> Problem {
        Problem(
            status: .conflict,
            slug: "wrong-state",
            title: "Wrong state",
            detail: "The request was refused: \(detail). Nothing was changed.",
            more: ["state": .string(state.rawValue)]
        )
    }

    static func unknownQueue(known: [String]) -> Problem {
        Problem(
            status: .notFound,
            slug: "unknown-queue",
            title: "Unknown queue",
            detail: "Expected one of the queues in the path: \(known.joined(separator: ", ")).",
            more: ["queues": .array(known.map { .string($0) })]
        )
    }

    static let unknownProcess = Problem(
        status: .notFound,
        slug: "unknown-process",
        title: "Unknown process",
        detail: "Expected the number of a living worker process, as GET /v1/workers lists them."
    )
}
