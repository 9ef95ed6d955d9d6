import AMQP
import HTTPTypes
import Hummingbird
import JobEngine
import Postgres

/// `/health/live` and `/health/ready`, for whoever asks.
struct HealthController: Sendable {
    let database: PostgresPool
    /// nil: this process has no relay.
    let broker: AMQPConnection?

    func register(_ routes: Routes) {
        routes.serve("/health/live", [.get: live])
        routes.serve("/health/ready", [.get: ready])
    }

    /// The process answers. Never depends on a server elsewhere: restarting it would not bring the database back.
    @Sendable private func live(_ request: Request, _ context: IntakeContext) async throws -> Response {
        JSONBody.response(.ok, .object(["status": .string("ok")]))
    }

    /// Intake can take jobs. That needs the database alone; the broker's state is told, since jobs wait for it.
    @Sendable private func ready(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let isReachable: Bool
        do {
            _ = try await database.query("SELECT 1 AS one", as: "readiness", timeout: .seconds(2))
            isReachable = true
        } catch is PostgresError {
            isReachable = false
        }
        return JSONBody.response(
            isReachable ? .ok : .serviceUnavailable,
            .object([
                "status": .string(isReachable ? "ok" : "failing"),
                "database": .string(isReachable ? "ok" : "away"),
                "broker": .string(brokerState),
            ])
        )
    }

    private var brokerState: String {
        guard let broker else { return "not used" }
        guard broker.isConnected else { return "away" }
        return broker.isBlocked ? "blocked" : "ok"
    }
}
