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
        routes.serve("/v1/jobs/:kind", [.post: accept, .get: show])
    }

    /// `POST /v1/jobs/{kind}`
    @Sendable private func accept(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform])
        let kind = context.parameters.get("kind") ?? ""
        let job = try await JobRequest(request, kind: kind, catalogue: catalogue)
        let receipt = try await acceptance.accept(job, from: caller)
        var headers: HTTPFields = [
            .contentType: "application/json", .location: receipt.answer.location, .cacheControl: "no-store",
        ]
        if receipt.isReplay { headers[.idempotentReplay] = "true" }
        return Response(
            status: HTTPResponse.Status(code: receipt.answer.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: receipt.answer.body))
        )
    }

    /// `GET /v1/jobs/{id}`
    @Sendable private func show(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform, .operator, .viewer])
        guard let id = JobID(context.parameters.get("kind") ?? "") else { throw Problem.malformedID }
        guard let job = try await ledger.job(id) else { throw Problem.unknownJob }
        let failures = job.failures + job.crashes > 0 ? try await ledger.failures(of: id) : []
        let view = JobView(job: job, attempts: failures)
        // The platform knows what it asked for, and an error's words are for those who mend it.
        let isOperations = !caller.scopes.isDisjoint(with: [.operator, .viewer])
        return JSONBody.response(.ok, view.document(isOperations ? .operations : .platform))
    }
}
