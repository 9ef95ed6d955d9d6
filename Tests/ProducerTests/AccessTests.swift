import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// Closed by default: who has no token, or the wrong one, gets nothing but health.
@Suite struct AccessTests {
    @Test(arguments: ["/v1/jobs/0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70", "/metrics"])
    func withoutATokenNothingIsServed(_ path: String) async throws {
        try await withIntake { world in
            let none = try await world.call(.get, path, as: .nobody)
            #expect(none.status == 401 && none.slug == "no-token")
            #expect(none.headers[.wwwAuthenticate] == #"Bearer realm="relais""#)
            let unknown = try await world.call(.get, path, as: .holder(AccessToken().text))
            #expect(unknown.status == 401 && unknown.slug == "wrong-token")
            let nonsense = try await world.call(.get, path, as: .holder("' OR 1=1"))
            #expect(nonsense.status == 401 && nonsense.slug == "wrong-token")
        }
    }

    @Test func aRequestWithoutATokenEnqueuesNothing() async throws {
        try await withIntake { world in
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}", as: .nobody)
            #expect(answer.status == 401)
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test(arguments: [Scope.operator, .viewer, .metrics])
    func aScopeThatIsTooSmallIsToldWhichOneIsNeeded(_ scope: Scope) async throws {
        try await withIntake { world in
            let token = try await world.makeToken("small", [scope])
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}", as: .holder(token))
            #expect(answer.status == 403 && answer.slug == "scope-too-small")
            #expect(answer.members["scopes"] == .array([.string("platform")]))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func metricsNeedTheirScope() async throws {
        try await withIntake { world in
            #expect(try await world.call(.get, "/metrics").status == 403)
            let token = try await world.makeToken("prometheus", [.metrics])
            let answer = try await world.call(.get, "/metrics", as: .holder(token))
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
        }
    }

    @Test func aRevokedTokenIsRefusedAtOnceAndItsNameIsFree() async throws {
        try await withIntake { world in
            let tokens = AccessTokens(world.pool)
            #expect(try await tokens.add(AccessToken(), name: "platform", scopes: [.platform]) == false)
            #expect(try await tokens.revoke("platform"))
            let answer = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
            #expect(answer.status == 401 && answer.slug == "wrong-token")
            #expect(try await tokens.revoke("platform") == false)
            #expect(try await tokens.add(AccessToken(), name: "platform", scopes: [.viewer]))
            #expect(try await tokens.list().map(\.name) == ["platform", "platform"])
        }
    }

    @Test func aTokenIsKeptOnlyAsItsHash() async throws {
        try await withIntake { world in
            let row = try await world.pool.query("SELECT to_jsonb(t)::text AS text, digest FROM relais.access_token t")
            let text: String = try #require(row.first).decode("text")
            #expect(!text.contains(world.token))
            #expect(try row.first?.decode("digest", as: Bytes.self).array.count == 32)
        }
    }

    @Test func healthNeedsNoToken() async throws {
        try await withIntake { world in
            #expect(try await world.call(.get, "/health/live", as: .nobody).status == 200)
            let ready = try await world.call(.get, "/health/ready", as: .nobody)
            #expect(ready.status == 200)
            #expect(ready.members["database"] == .string("ok"))
        }
    }
}
