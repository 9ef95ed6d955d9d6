import Foundation
import JobEngine
import Platform
import Postgres
import Testing

/// A link that is over says so for a day, and is forgotten then.
@Suite struct TokenRetentionTests {
    @Test func aTokenIsForgottenADayAfterItsEndReplacedOrNot() async throws {
        try await withPlatform { connection in
            try await connection.run(
                script: """
                    INSERT INTO delivery.token (purpose, account_id, job, digest, expires_at, replaced_at)
                    SELECT 'activation', n, gen_random_uuid(), sha256(n::text::bytea),
                        clock_timestamp() + make_interval(secs => seconds), CASE WHEN n > 4 THEN clock_timestamp() END
                    FROM unnest(ARRAY[-86460, -86340, -60, 60, -86460, -86340]) WITH ORDINALITY AS t(seconds, n);
                    """
            )
            let day = Duration.seconds(86_400)
            let rule = try #require(
                DeliveryRetention.rules(files: day * 7, abandoned: day, tokens: day, imports: day * 7)
                    .first { $0.name == "tokens" }
            )
            #expect(try await connection.execute(rule.statement) == 2)
            let left = try await connection.query("SELECT account_id FROM delivery.token ORDER BY account_id")
            #expect(try left.map { try $0.decode("account_id", as: Int.self) } == [2, 3, 4, 6])
        }
    }
}
