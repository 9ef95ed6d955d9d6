import HTTPTypes
import Hummingbird
import JobEngine

/// `/v1/schedules`: what the clock enqueues, and how operators steer it.
struct SchedulesController: Sendable {
    let ledger: Ledger
    let authentication: Authentication

    func register(_ routes: Routes) {
        routes.serve("/v1/schedules", [.get: list])
        routes.serve("/v1/schedules/:schedule/run", [.post: run])
        routes.serve("/v1/schedules/:schedule/enable", [.post: enable])
        routes.serve("/v1/schedules/:schedule/disable", [.post: disable])
    }

    @Sendable private func list(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        return JSONBody.response(.ok, .object(["schedules": .array(try await ledger.schedules().map(\.document))]))
    }

    /// `POST /v1/schedules/{schedule}/run` with a reason: the job is enqueued now.
    @Sendable private func run(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let body = try await ActRequest(request, from: caller)
        guard let job = try await ledger.runSchedule(context.parameters.get("schedule") ?? "", body.act) else {
            throw try await unknown()
        }
        return JSONBody.response(.accepted, job.runDocument)
    }

    @Sendable private func enable(_ request: Request, _ context: IntakeContext) async throws -> Response {
        try await set(enabled: true, request, context)
    }

    @Sendable private func disable(_ request: Request, _ context: IntakeContext) async throws -> Response {
        try await set(enabled: false, request, context)
    }

    private func set(enabled: Bool, _ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let body = try await ActRequest(request, from: caller)
        let name = context.parameters.get("schedule") ?? ""
        guard try await ledger.setSchedule(name, enabled: enabled, body.act) else { throw try await unknown() }
        return JSONBody.response(.ok, .object(["name": .string(name), "enabled": .boolean(enabled)]))
    }

    private func unknown() async throws -> Problem {
        let known = try await ledger.schedules().map(\.name)
        return Problem(
            status: .notFound,
            slug: "unknown-schedule",
            title: "Unknown schedule",
            detail: "Expected one of the schedules in the path: \(known.joined(separator: ", ")).",
            more: ["schedules": .array(known.map { .string($0) })]
        )
    }
}
