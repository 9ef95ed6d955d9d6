import HTTPTypes
import JobEngine
import Testing

@testable import producer

/// Without its database intake says so at once, and asks to be called again.
@Suite struct DatabaseAwayTests {
    // The discard port: nothing listens there on a test machine.
    private static let nowhere = "postgresql://relais@127.0.0.1:9/relais"

    @Test func whatNeedsTheDatabaseIsAnsweredWith503() async throws {
        try await withIntake(conninfo: Self.nowhere) { world in
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
            #expect(answer.status == 503 && answer.slug == "database-away")
            #expect(answer.headers[.retryAfter] == "5")
        }
    }

    @Test func theProcessLivesAndIsNotReady() async throws {
        try await withIntake(conninfo: Self.nowhere) { world in
            #expect(try await world.call(.get, "/health/live", as: .nobody).status == 200)
            let ready = try await world.call(.get, "/health/ready", as: .nobody)
            #expect(ready.status == 503)
            #expect(ready.members["database"] == .string("away"))
        }
    }
}
