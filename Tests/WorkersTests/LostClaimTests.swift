import Foundation
import JobEngine
import TestSupport
import Testing

@testable import workers

/// What is said of an attempt whose job was given to another worker meanwhile.
@Suite struct LostClaimTests {
    /// Each meets the lost claim somewhere else: at its token, and at the record of its failure.
    @Test(arguments: ["account.activation", "application.expired-notice"])
    func anAttemptThatLostItsClaimIsNeitherCommittedNorTriedAgain(_ kind: String) async throws {
        try await WorkersWorld.run(rules: [.init("rcpt", reply: "451 4.3.0 Later")]) { world, _ in
            try await world.run(
                script: PlatformFixture.waiting(10...10, submitted: "'2021-10-01'") + """
                    UPDATE platform.application SET state = 'expired', expired_at = now();
                    UPDATE platform.account SET confirmed_at = NULL WHERE id = 10;
                    """
            )
            let arguments = kind == "account.activation" ? #"{"account_id": 10}"# : #"{"application_id": 10}"#
            let job = try await world.worker.claim(try await world.enqueue(kind, arguments))
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            #expect(try await world.worker.run(job).state == .running)
            let lines = world.log.all.filter { $0.contains("\"attempt\"") || $0.contains("attempt:") }
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.allSatisfy { $0.contains("claim lost") && !$0.contains("will retry") }, "\(lines)")
        }
    }
}
