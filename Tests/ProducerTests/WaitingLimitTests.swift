import Foundation
import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// No queue grows without bound.
@Suite struct WaitingLimitTests {
    private func notice(_ number: Int, _ world: IntakeWorld, key: String? = nil) async throws -> Answer {
        try await world.call(
            .post,
            "/v1/jobs/application.expired-notice",
            body: #"{"application_id": \#(number)}"#,
            headers: key.map { [.idempotencyKey: $0] } ?? [:]
        )
    }

    @Test func aFullQueueIsAnswered429AndOthersAreServed() async throws {
        try await withIntake(maxWaiting: 3) { world in
            // What others have enqueued counts.
            _ = try await world.pool.query(
                "SELECT relais.enqueue('application.expired-notice', '{\"application_id\": 1}')"
            )
            let last = try await notice(2, world)
            let kept = try await notice(3, world, key: "k")
            #expect(last.status == 202 && kept.status == 202)
            let refused = try await notice(4, world)
            #expect(refused.status == 429 && refused.slug == "queue-full")
            #expect(refused.headers[.retryAfter] == "10")
            let replay = try await notice(3, world, key: "k")
            #expect(replay.status == 202 && replay.text == kept.text, "a repeated call gets its answer all the same")
            let elsewhere = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
            #expect(elsewhere.status == 202)
            #expect(try await world.count("relais.job WHERE queue = 'notice'") == 3)

            _ = try await world.pool.execute("DELETE FROM relais.job WHERE queue = 'notice'")
            let deadline = ContinuousClock.now + .seconds(120)
            var again = refused
            while again.status == 429, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                again = try await notice(5, world)
            }
            #expect(again.status == 202, "room is noticed")
        }
    }

    @Test func aBulkThatDoesNotFitIsRefusedWhole() async throws {
        try await withIntake(maxWaiting: 3) { world in
            let jobs = (1...4).map {
                #"{"kind": "application.expired-notice", "arguments": {"application_id": \#($0)}}"#
            }
            let answer = try await world.call(.post, "/v1/jobs", body: #"{"jobs": [\#(jobs.joined(separator: ","))]}"#)
            #expect(answer.status == 429)
            #expect(answer.members["queue"] == .string("notice"))
            #expect(try await world.count("relais.job") == 0)
        }
    }
}
