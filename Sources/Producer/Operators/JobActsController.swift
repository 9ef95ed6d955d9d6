import HTTPTypes
import Hummingbird
import JobEngine

/// `/v1/jobs/{id}/…`: what operators do to a job, and why it is not running; and the list of jobs.
struct JobActsController: Sendable {
    let ledger: Ledger
    let authentication: Authentication

    private static let filters = [
        "state", "kind", "queue", "error_class", "subject", "created_from", "created_before", "before", "limit",
    ]

    func register(_ routes: Routes) {
        routes.serve("/v1/jobs/:kind/explanation", [.get: explain])
        routes.serve("/v1/jobs/:kind/retry", [.post: retry])
        routes.serve("/v1/jobs/:kind/cancel", [.post: cancel])
        routes.serve("/v1/jobs/:kind/discard", [.post: discard])
    }

    /// `GET /v1/jobs`: newest first; `next` is the path of the next page, null on the last.
    @Sendable func list(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        var query = QueryReader(request, only: Self.filters)
        var filter = JobFilter()
        let states = JobState.allCases.map(\.rawValue).joined(separator: ", ")
        filter.states =
            query.value("state", "some of \(states), separated by commas") { text -> Set<JobState>? in
                let names = text.split(separator: ",")
                let known = names.compactMap { JobState(rawValue: String($0)) }
                return known.count == names.count ? Set(known) : nil
            } ?? []
        filter.kind = query.text("kind")
        filter.queue = query.text("queue")
        filter.errorClass = query.text("error_class")
        filter.subject = query.value("subject", "an account's id") { Int64($0) }
        filter.createdFrom = query.instant("created_from")
        filter.createdBefore = query.instant("created_before")
        let cursor = query.value("before", "a job's id") { JobID($0) }
        let limit = query.limit(default: 50)
        try query.finish()
        let jobs = try await ledger.jobs(filter, before: cursor, limit: limit)
        let hasMore = jobs.count == limit
        return JSONBody.response(
            .ok,
            .object([
                "jobs": .array(jobs.map(\.document)),
                "next": hasMore ? jobs.last.map { .string(Self.path(request, before: $0.id)) } ?? .null : .null,
            ])
        )
    }

    /// The same query with another cursor, as it came: already percent-encoded.
    private static func path(_ request: Request, before cursor: JobID) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("before=") }.map(String.init)
        return "/v1/jobs?" + (kept + ["before=\(cursor)"]).joined(separator: "&")
    }

    @Sendable private func explain(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        guard let explanation = try await ledger.explanation(of: try Self.id(context)) else {
            throw Problem.unknownJob
        }
        return JSONBody.response(.ok, explanation.document)
    }

    @Sendable private func retry(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let id = try Self.id(context)
        let result = try await ledger.retry(id, try await ActRequest(request, from: caller).act)
        switch result {
        case .unknown: throw Problem.unknownJob
        case .notNow(let state): throw Problem.wrongState(result.refusal ?? "", state)
        case .again, .sooner, .superseded: return Self.response(id, result.word)
        }
    }

    @Sendable private func cancel(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let id = try Self.id(context)
        let result = try await ledger.cancel(id, try await ActRequest(request, from: caller).act)
        switch result {
        case .unknown: throw Problem.unknownJob
        case .alreadyFinished(let state): throw Problem.wrongState(result.refusal ?? "", state)
        case .cancelled, .requested: return Self.response(id, result.word)
        }
    }

    @Sendable private func discard(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let id = try Self.id(context)
        let result = try await ledger.discard(id, try await ActRequest(request, from: caller).act)
        switch result {
        case .unknown: throw Problem.unknownJob
        case .notDead(let state): throw Problem.wrongState(result.refusal ?? "", state)
        case .cancelled: return Self.response(id, "cancelled")
        }
    }

    private static func id(_ context: IntakeContext) throws -> JobID {
        guard let id = JobID(context.parameters.get("kind") ?? "") else { throw Problem.malformedID }
        return id
    }

    private static func response(_ id: JobID, _ word: String) -> Response {
        JSONBody.response(
            .ok,
            .object(["id": .string(id.description), "result": .string(word), "href": .string("/v1/jobs/\(id)")])
        )
    }
}
