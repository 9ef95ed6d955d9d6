import Postgres
import TestSupport
import Testing

@Suite("Promise 9: the broker away, with the real programs", .serialized)
struct BrokerAwayTests {
    @Test func withoutABrokerAResetMailIsSentAllTheSame() async throws {
        try await PromiseWorld.run(pupils: 1) { world in
            // Nobody listens there.
            let away = ["RELAIS_BROKER_URL": "amqp://guest:guest@127.0.0.1:1/"]
            let workers = try await world.startWorkers(only: "password-reset", away)
            let reset: SQL = #"SELECT relais.enqueue('account.password-reset', '{"account_id": 1001}')"#
            _ = try await world.pool.query(reset)
            try await world.waitForMails(1)
            #expect(world.recipients == ["eleve1@college.example"])
            try await world.waitUntilAllEnded(1)
            let charged = try await world.count(
                "SELECT sum(failures + crashes + snoozes)::int FROM relais.job_finished"
            )
            #expect(charged == 0)
            let code = await workers.stop()
            #expect(code == 0)
        }
    }
}
