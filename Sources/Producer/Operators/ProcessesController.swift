import HTTPTypes
import Hummingbird
import JobEngine

/// `/v1/workers`: the living processes, and what operators ask of one; `/v1/audit`: what operators did.
struct ProcessesController: Sendable {
    let ledger: Ledger
    let authentication: Authentication

    func register(_ routes: Routes) {
        routes.serve("/v1/workers", [.get: list])
        for request in ProcessRequest.allCases {
            let path = RouterPath("/v1/workers/:process/\(request.rawValue)")
            routes.serve(path, [.post: { try await ask(request, $0, $1) }])
        }
        routes.serve("/v1/audit", [.get: audit])
    }

    @Sendable private func list(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        return JSONBody.response(.ok, .object(["workers": .array(try await ledger.processes().map(\.document))]))
    }

    private func ask(_ wish: ProcessRequest, _ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let body = try await ActRequest(request, from: caller)
        guard let process = Int64(context.parameters.get("process") ?? ""),
            try await ledger.ask(wish, of: process, body.act)
        else { throw Problem.unknownProcess }
        return JSONBody.response(.accepted, .object(["id": .integer(process), "asked": .string(wish.rawValue)]))
    }

    /// `GET /v1/audit`: newest first; `before` is the cursor.
    @Sendable private func audit(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        var query = QueryReader(request, only: ["target", "before", "limit"])
        let number = query.value("before", "the number of an act") { Int64($0) }
        let limit = query.limit(default: 50)
        try query.finish()
        let records = try await ledger.audit(target: query.text("target"), before: number, limit: limit)
        return JSONBody.response(.ok, .object(["acts": .array(records.map(\.document))]))
    }
}
