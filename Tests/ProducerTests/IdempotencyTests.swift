import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// A request that is repeated with its key is carried out once.
@Suite struct IdempotencyTests {
    private static let path = "/v1/jobs/statistics.refresh"

    @Test func aRepeatedRequestGetsTheSameAnswerAndOneJob() async throws {
        try await withIntake { world in
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            let first = try await world.call(.post, Self.path, body: "{}", headers: key)
            let second = try await world.call(.post, Self.path, body: "{}", headers: key)
            #expect(first.status == 202 && second.status == 202)
            #expect(first.text == second.text)
            #expect(first.headers[.location] != nil)
            #expect(first.headers[.location] == second.headers[.location])
            #expect(first.headers[.idempotentReplay] == nil)
            #expect(second.headers[.idempotentReplay] == "true")
            #expect(try await world.count("relais.job") == 1)
        }
    }

    @Test(arguments: [("{\"school_year\": 2021}", ""), ("{}", "?run_at=2030-01-01T00:00:00Z")])
    func theKeyOfAnotherRequestIsRefused(_ body: String, _ query: String) async throws {
        try await withIntake { world in
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            #expect(try await world.call(.post, Self.path, body: "{}", headers: key).status == 202)
            let other = try await world.call(.post, Self.path + query, body: body, headers: key)
            #expect(other.status == 422)
            #expect(other.slug == "idempotency-key-reused")
            #expect(try await world.count("relais.job") == 1)
        }
    }

    @Test func keysBelongToATokenAndAPath() async throws {
        try await withIntake { world in
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            let other = try await world.makeToken("other", [.platform])
            #expect(try await world.call(.post, Self.path, body: "{}", headers: key).status == 202)
            let byOther = try await world.call(.post, Self.path, body: "{}", as: .holder(other), headers: key)
            let elsewhere = try await world.call(.post, "/v1/jobs/application.expiry-sweep", body: "{}", headers: key)
            #expect(byOther.status == 202 && elsewhere.status == 202)
            // Two of them ask for the same refresh.
            #expect(byOther.headers[.idempotentReplay] == nil && byOther.members["existing"] == .boolean(true))
            #expect(try await world.count("relais.job") == 2)
            #expect(try await world.count("relais.idempotency") == 3)
        }
    }

    @Test func twentyAtOnceMakeOneJob() async throws {
        try await withIntake { world in
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let key: HTTPFields = [.idempotencyKey: "k-1"]
                        var answer = try await world.call(.post, Self.path, body: "{}", headers: key)
                        // What a caller is told to do whose turn did not come within a second, on a busy machine.
                        for _ in 0..<60 where answer.slug == "idempotency-key-in-use" {
                            answer = try await world.call(.post, Self.path, body: "{}", headers: key)
                        }
                        return answer
                    }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 202 })
            #expect(Set(answers.map(\.text)).count == 1)
            #expect(answers.count { $0.headers[.idempotentReplay] == nil } == 1)
            #expect(try await world.count("relais.job") == 1)
        }
    }

    @Test func aSecondCallWaitsOneSecondForTheFirstAndIsThenTurnedAway() async throws {
        try await withIntake { world in
            // The first call, stopped between its insert and its commit.
            try await world.pool.transaction { connection in
                try await connection.execute(
                    """
                    INSERT INTO relais.idempotency (token, path, key, request_code)
                    SELECT id, \(Self.path), 'k-1', \(Bytes([UInt8](repeating: 0, count: 32))) FROM relais.access_token
                    """
                )
                let clock = ContinuousClock()
                let start = clock.now
                let answer = try await world.call(.post, Self.path, body: "{}", headers: [.idempotencyKey: "k-1"])
                #expect(answer.status == 409)
                #expect(answer.slug == "idempotency-key-in-use")
                #expect(answer.headers[.retryAfter] == "1")
                #expect(clock.now - start >= .seconds(1))
            }
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func thirtyCallsThatWaitForAKeyLeaveTheConnectionsToOthers() async throws {
        try await withIntake { world in
            try await world.pool.transaction { connection in
                try await connection.execute(
                    """
                    INSERT INTO relais.idempotency (token, path, key, request_code)
                    SELECT id, \(Self.path), 'k-1', \(Bytes([UInt8](repeating: 0, count: 32))) FROM relais.access_token
                    """
                )
                let answers = EventLog<Answer?>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<30 {
                        group.addTask {
                            answers.append(
                                try? await world.call(.post, Self.path, body: "{}", headers: [.idempotencyKey: "k-1"])
                            )
                        }
                    }
                    #expect(try await world.call(.post, Self.path, body: "{}").status == 202)
                    // At most one of them waits in the database at a time, where it holds a connection.
                    var most = 0
                    while answers.all.count < 30 {
                        let waiting: SQL = """
                            pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                                AND query LIKE '%relais.idempotency%'
                            """
                        most = max(most, try await world.count(waiting))
                    }
                    #expect(most <= 1)
                }
                #expect(answers.all.allSatisfy { $0?.slug == "idempotency-key-in-use" })
            }
        }
    }

    @Test func aRequestThatIsRolledBackLeavesItsKeyFree() async throws {
        try await withIntake { world in
            let body = #"{"school_year": 2021, "requested_by": 3}"#
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            let refused = try await world.call(.post, "/v1/jobs/export.offers", body: body, headers: key)
            #expect(refused.status == 403)
            #expect(try await world.count("relais.idempotency") == 0)
            try await world.pool.execute("UPDATE platform.account SET kind = 'administrator' WHERE id = 3")
            let accepted = try await world.call(.post, "/v1/jobs/export.offers", body: body, headers: key)
            #expect(accepted.status == 202)
            #expect(accepted.headers[.idempotentReplay] == nil)
        }
    }

    @Test func aKeyIsForgottenAfterADay() async throws {
        try await withIntake { world in
            let key: HTTPFields = [.idempotencyKey: "k-1"]
            let first = try await world.call(.post, Self.path, body: "{}", headers: key)
            try await world.pool.execute("UPDATE relais.idempotency SET created_at = now() - interval '25 hours'")
            let second = try await world.call(.post, Self.path, body: #"{"school_year": 2021}"#, headers: key)
            #expect(second.status == 202)
            #expect(second.headers[.location] != first.headers[.location])
            #expect(try await world.count("relais.idempotency") == 1)
        }
    }
}
