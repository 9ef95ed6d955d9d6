import Foundation
import Postgres

/// Statements of a running job about itself: how far it is, and that its mail is on its way.
enum ProgressSQL {
    static func report(id: JobID, claim: UUID, done: Int, total: Int?) -> SQL {
        """
        INSERT INTO relais.progress (job, claim, done, total)
        SELECT id, claim, \(done), \(total) FROM relais.job
        WHERE id = \(id.uuid) AND claim = \(claim) AND state = 'running'
        ON CONFLICT (job) DO UPDATE
        SET claim = excluded.claim, done = excluded.done, total = excluded.total, updated_at = clock_timestamp()
        """
    }

    /// Committed just before the final dot leaves: from here on a crash leaves the outcome unknown.
    static func handOver(id: JobID, claim: UUID, messageID: String) -> SQL {
        """
        WITH fenced AS MATERIALIZED (
            SELECT id, claim FROM relais.job
            WHERE id = \(id.uuid) AND claim = \(claim) AND state = 'running' FOR NO KEY UPDATE
        )
        INSERT INTO relais.mail (job, claim, message_id, state)
        SELECT id, claim, \(messageID), 'handed-over' FROM fenced
        ON CONFLICT (job) DO UPDATE
        SET claim = excluded.claim, state = 'handed-over', handovers = relais.mail.handovers + 1,
            handed_over_at = clock_timestamp(), answered_at = NULL, reply_code = NULL, reply_enhanced = NULL
        """
    }

    static func previousHandover(id: JobID, claim: UUID) -> SQL {
        """
        SELECT message_id, handed_over_at, handovers FROM relais.mail
        WHERE job = \(id.uuid) AND claim <> \(claim) AND state = 'handed-over'
        """
    }

    /// The server refused the message: it was not delivered, so a next attempt finds no open hand-over.
    static func withdrawHandover(id: JobID, claim: UUID) -> SQL {
        "DELETE FROM relais.mail WHERE job = \(id.uuid) AND claim = \(claim) AND state = 'handed-over'"
    }
}
