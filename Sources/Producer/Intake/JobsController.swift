import HTTPTypes
import Hummingbird
import JobEngine

/// `/v1/jobs`: taking jobs, and saying what became of them.
struct JobsController: Sendable {
    let catalogue: JobCatalogue
    let ledger: Ledger
    let acceptance: JobAcceptance
    let authentication: Authentication

    func register(_ routes: Routes) {
        let acts = JobActsController(ledger: ledger, authentication: authentication)
        routes.serve("/v1/jobs", [.post: acceptMany, .get: acts.list])
        acts.register(routes)
        routes.serve("/v1/jobs/:kind", [.post: accept, .get: show])
    }

    /// `POST /v1/jobs/{kind}`
    @Sendable private func accept(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform])
        let kind = context.parameters.get("kind") ?? ""
        let call = try await JobCall.one(request, kind: kind, catalogue: catalogue)
        return try await acceptance.accept(call, from: caller).response
    }

    /// `POST /v1/jobs`
    @Sendable private func acceptMany(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform])
        let call = try await JobCall.many(request, catalogue: catalogue)
        return try await acceptance.accept(call, from: caller).response
    }

    /// `GET /v1/jobs/{id}`
    @Sendable private func show(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform, .operator, .viewer])
        guard let id = JobID(context.parameters.get("kind") ?? "") else { throw Problem.malformedID }
        guard let job = try await ledger.job(id) else { throw Problem.unknownJob }
        let failures = job.failures + job.crashes > 0 ? try await ledger.failures(of: id) : []
        let view = JobView(asked: id, job: job, attempts: failures)
        // The platform knows what it asked for, and an error's words are for those who mend it.
        let isOperations = !caller.scopes.isDisjoint(with: [.operator, .viewer])
        return JSONBody.response(.ok, view.document(isOperations ? .operations : .platform))
    }
}

extension JobAcceptance.Receipt {
    /// 202 with the job, or what an earlier request with the same key was answered.
    var response: Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        headers[.location] = answer.location
        if isReplay { headers[.idempotentReplay] = "true" }
        return Response(
            status: HTTPResponse.Status(code: answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body))
        )
    }
}
