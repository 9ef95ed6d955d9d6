package import JobEngine
package import Postgres

/// What is kept of a link or code that a job sends: one row a job, of which the latest of a purpose and an account is the
/// one that works.
package struct TokenRecord: Sendable {
    /// Whether the message may go out.
    package enum Verdict: Sendable, Hashable {
        /// Stored: the message's link or code works.
        case kept
        /// As many messages as may have gone to this account within the hour.
        case throttled
        /// The link of a newer message works, or will with the mail that its job still sends.
        case superseded
    }

    /// Messages of a purpose that an account may get within ``window``: nobody is to be flooded by a stranger who knows
    /// an address.
    package static let limit = 5
    /// The time in which messages are counted.
    package static let window: Duration = .seconds(3600)

    private let purpose: AccountToken.Purpose
    private let account: Int64
    private let job: JobID
    private let digest: [UInt8]
    private let isCode: Bool
    private let lifetime: Duration

    /// A link by mail.
    package init(_ token: AccountToken, account: Int64, job: JobID) {
        purpose = token.purpose
        self.account = account
        self.job = job
        digest = token.digest
        isCode = false
        lifetime = token.purpose.lifetime
    }

    /// A code by SMS.
    package init(_ code: AccountCode, account: Int64, job: JobID) {
        purpose = code.purpose
        self.account = account
        self.job = job
        digest = code.digest
        isCode = true
        lifetime = AccountCode.lifetime
    }

    /// Makes this the one live link or code of its purpose and account, in the transaction open on `connection`; a
    /// second attempt of a job begins the lifetime anew, because its message promises the whole of it, leaves a link that
    /// was used as used, and counts once.
    ///
    /// It belongs before the message: a link must work when it arrives.
    package func keep(on connection: PostgresConnection) async throws -> Verdict {
        // Two statements, although in one round trip: the second sees what the first has waited for.
        let answers = try await connection.pipeline([lock, judgement], as: "count messages of account")
        guard let row = answers.last?.first else { return .superseded }
        if try row.decode("is_superseded") { return .superseded }
        if try row.decode("is_throttled") { return .throttled }
        _ = try await connection.pipeline([replacement, storage], as: "store token")
        return .kept
    }

    /// Two jobs of an account at once would each count the other as not there. 7261 is a number of our own; accounts that
    /// share the second one wait a few milliseconds for nothing.
    private var lock: SQL {
        "SELECT pg_advisory_xact_lock(7261, hashint8(\(account)))"
    }

    /// An older job that is tried again would leave its reader with a dead link in the latest mail. Newer is what was
    /// first kept later, which a job that was never tried before therefore is: its message will be the latest one.
    ///
    /// A message that lies further ahead than the window stems from a clock that was set back since; it would otherwise
    /// count until that instant has come.
    private var judgement: SQL {
        let window = Double(Self.window.components.seconds)
        return """
            SELECT coalesce(bool_or(t.replaced_at IS NULL AND t.number > own.number AND t.expires_at > clock_timestamp()
                    AND coalesce(relais.job_state(t.job) NOT IN ('dead', 'cancelled'), true)), false) AS is_superseded,
                count(*) FILTER (WHERE abs(extract(epoch FROM clock_timestamp() - t.created_at)) < \(window))
                    >= \(Self.limit) AS is_throttled
            FROM delivery.token t LEFT JOIN delivery.token own ON own.job = \(job.uuid)
            WHERE t.account_id = \(account) AND t.purpose = \(purpose.rawValue) AND t.job <> \(job.uuid)
            """
    }

    private var replacement: SQL {
        """
        UPDATE delivery.token SET replaced_at = clock_timestamp()
        WHERE account_id = \(account) AND purpose = \(purpose.rawValue) AND job <> \(job.uuid) AND replaced_at IS NULL
        """
    }

    /// Wrong guesses stay: another attempt sends the same code.
    private var storage: SQL {
        """
        INSERT INTO delivery.token AS t (job, purpose, account_id, digest, is_code, expires_at)
        VALUES (\(job.uuid), \(purpose.rawValue), \(account), \(Bytes(digest)), \(isCode),
            clock_timestamp() + make_interval(secs => \(Double(lifetime.components.seconds))))
        ON CONFLICT (job) DO UPDATE SET digest = excluded.digest, is_code = excluded.is_code,
            created_at = excluded.created_at, expires_at = excluded.expires_at, replaced_at = NULL
        """
    }
}
