import Foundation
import JobEngine
import Postgres

/// The statements of a redemption.
enum RedemptionSQL {
    /// Codes that are compared with a guess: one account gets at most so many within the hour.
    static let mostCodes = TokenRecord.limit

    /// Locked: of two redemptions of one token the second sees what the first has done.
    static func token(_ digest: [UInt8], _ purpose: AccountToken.Purpose) -> SQL {
        """
        SELECT \(fragment: columns) FROM delivery.token t
        WHERE t.digest = \(Bytes(digest)) AND t.purpose = \(purpose.rawValue) AND NOT t.is_code
        FOR UPDATE
        """
    }

    /// The latest codes that went to a number. Not only those of the account that a request by this number means now:
    /// another one has become the likeliest once this one is active.
    static func codes(of phone: String, _ purpose: AccountToken.Purpose) -> SQL {
        """
        SELECT \(fragment: columns) FROM delivery.token t
        WHERE t.is_code AND t.purpose = \(purpose.rawValue)
          AND t.account_id IN (SELECT a.id FROM platform.account a WHERE a.phone = \(phone))
        ORDER BY t.replaced_at IS NOT NULL, t.number DESC LIMIT \(mostCodes)
        FOR UPDATE
        """
    }

    private static let columns: SQL = """
        t.job, t.account_id, t.digest, t.is_code, t.wrong_guesses::int AS wrong_guesses, t.used_at IS NOT NULL AS is_used,
        t.replaced_at IS NOT NULL AS is_replaced, t.expires_at <= clock_timestamp() AS is_expired
        """

    /// Of a code that is over nobody counts.
    static func countGuess(_ jobs: [UUID]) -> SQL {
        """
        UPDATE delivery.token SET wrong_guesses = wrong_guesses + 1
        WHERE job = ANY (\(jobs)) AND replaced_at IS NULL AND wrong_guesses < \(AccountCode.maximumGuesses)
        """
    }

    /// A record of the write-ahead log that changes nothing: its transaction is flushed as one that has changed a row.
    static let writeNothing: SQL = "SELECT pg_logical_emit_message(true, 'relais', '')::text AS position"

    static func account(_ id: Int64) -> SQL {
        "SELECT id FROM platform.account WHERE id = \(id) AND discarded_at IS NULL"
    }

    static func use(_ job: UUID) -> SQL {
        "UPDATE delivery.token SET used_at = clock_timestamp() WHERE job = \(job) AND used_at IS NULL"
    }

    static func confirm(_ account: Int64) -> SQL {
        """
        UPDATE platform.account SET confirmed_at = clock_timestamp()
        WHERE id = \(account) AND confirmed_at IS NULL AND discarded_at IS NULL
        """
    }
}

/// A row of `delivery.token`.
struct KeptSecret: Sendable {
    let job: JobID
    let account: Int64
    let digest: [UInt8]
    let isCode: Bool
    let wrongGuesses: Int
    let isUsed: Bool
    let isReplaced: Bool
    let isExpired: Bool

    init(_ row: Row) throws {
        job = JobID(try row.decode("job", as: UUID.self))
        account = try row.decode("account_id")
        digest = try row.decode("digest", as: Bytes.self).array
        isCode = try row.decode("is_code")
        wrongGuesses = try row.decode("wrong_guesses")
        isUsed = try row.decode("is_used")
        isReplaced = try row.decode("is_replaced")
        isExpired = try row.decode("is_expired")
    }

    /// A code that no guess matches, to be compared where there is none.
    static let none = KeptSecret()

    private init() {
        job = JobID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        account = 0
        digest = []
        isCode = true
        wrongGuesses = AccountCode.maximumGuesses
        isUsed = true
        isReplaced = true
        isExpired = true
    }
}
