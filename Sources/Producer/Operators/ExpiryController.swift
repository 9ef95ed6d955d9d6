import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// `/v1/expiry`: the operators' way to run the sweep of applications.
struct ExpiryController: Sendable {
    let ledger: Ledger
    let authentication: Authentication

    func register(_ routes: Routes) {
        routes.serve("/v1/expiry/run", [.post: run])
    }

    /// `POST /v1/expiry/run` with a reason and the arguments of the sweep.
    @Sendable private func run(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let body = try await ActRequest(request, from: caller, only: ExpirySweep.fields.map(\.name))
        let arguments = body.members.filter { $0.key != "reason" }
        let faults = ExpirySweep.faults(in: arguments)
        guard faults.isEmpty else { throw Problem.invalidAct(faults) }
        let sweep = try JSON(encoding: arguments).decode(ExpirySweep.self)
        do {
            let job = try await ledger.runExpirySweep(sweep, body.act)
            return JSONBody.response(.accepted, job.runDocument)
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw Problem.uniqueKeyInUse
        }
    }
}
