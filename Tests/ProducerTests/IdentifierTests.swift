import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// Whom an identifier means, through both doors.
@Suite struct IdentifierTests {
    private enum Door: CaseIterable { case http, sql }

    /// The account of the one job that each door makes of a request.
    private func account(_ kind: String, _ identifier: String, in world: IntakeWorld) async throws -> Set<Int64?> {
        var accounts: Set<Int64?> = []
        for door in Door.allCases {
            let arguments = JSONBody.text(.object(["identifier": .string(identifier)]))
            switch door {
            case .http: #expect(try await world.call(.post, "/v1/jobs/\(kind)", body: arguments).status == 202)
            case .sql: try await world.pool.execute("SELECT relais.enqueue(\(kind), \(JSON(arguments)))")
            }
            let jobs = try await world.pool.query("SELECT subject FROM relais.job")
            #expect(jobs.count == 1, "through \(door)")
            for job in jobs { accounts.insert(try job.decode("subject")) }
            try await world.pool.execute("DELETE FROM relais.job")
        }
        return accounts
    }

    @Test(arguments: [
        "pupil@example.test", "\tPupil@Example.test\r\n", "\u{A0}PUPIL@example.test\u{200B}",
        "\u{FEFF}\u{2009}pupil@example.test", "kept@example.test", "\u{200B}Kept@Example.test\t",
    ])
    func blanksAroundACopiedIdentifierCountForNothing(_ identifier: String) async throws {
        try await withIntake { world in
            try await world.pool.execute(
                """
                INSERT INTO platform.account (id, kind, email, first_name, last_name)
                VALUES (9, 'student', \("\u{2009}Kept@example.test\u{FEFF}\t"), 'K', 'K')
                """
            )
            let found = try await account("account.activation", identifier, in: world)
            #expect(found == [identifier.lowercased().contains("kept") ? 9 : 3])
        }
    }

    struct Choice: Sendable, CustomTestStringConvertible {
        /// Of each account: whether it is confirmed, and whether it is discarded; the newest last.
        let accounts: [(isConfirmed: Bool, isDiscarded: Bool)]
        /// The number of the account that is meant, from 0.
        let activation: Int64
        let reset: Int64
        var testDescription: String { "\(accounts.map { "\($0.isConfirmed)/\($0.isDiscarded)" })" }
    }

    /// The newest that is not discarded, for an activation the newest unconfirmed one of these.
    static let choices = [
        Choice(accounts: [(false, false), (false, true)], activation: 0, reset: 0),
        Choice(accounts: [(false, true), (false, false)], activation: 1, reset: 1),
        Choice(accounts: [(true, false), (false, true)], activation: 0, reset: 0),
        Choice(accounts: [(true, true), (false, false)], activation: 1, reset: 1),
        Choice(accounts: [(false, false), (true, true)], activation: 0, reset: 0),
        Choice(accounts: [(false, false), (true, false)], activation: 0, reset: 1),
        Choice(accounts: [(true, false), (true, true), (true, false)], activation: 2, reset: 2),
        Choice(accounts: [(false, false), (false, false), (true, false), (false, true)], activation: 1, reset: 2),
        Choice(accounts: [(true, true), (false, true)], activation: 1, reset: 1),
    ]

    @Test(arguments: choices) func ofSeveralAccountsWithOneAddressTheLikeliestIsMeant(_ choice: Choice) async throws {
        try await withIntake { world in
            for (number, account) in choice.accounts.enumerated() {
                // However each of them was typed.
                let email = ["two@example.test", "\u{A0}Two@Example.test", "two@example.test\u{200B}"][number % 3]
                try await world.pool.execute(
                    """
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, created_at, confirmed_at,
                        discarded_at)
                    VALUES (\(100 - number), 'student', \(email), 'A', 'B', now() + make_interval(secs => \(Double(number))),
                        CASE WHEN \(account.isConfirmed) THEN now() END, CASE WHEN \(account.isDiscarded) THEN now() END)
                    """
                )
            }
            let activation = try await account("account.activation", "Two@example.test", in: world)
            #expect(activation == [100 - choice.activation])
            let reset = try await account("account.password-reset", "two@EXAMPLE.test ", in: world)
            #expect(reset == [100 - choice.reset])
        }
    }
}
