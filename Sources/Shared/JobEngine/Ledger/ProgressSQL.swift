import Foundation
import Postgres

/// Statements of a running job about itself: how far it is, and that its mail is on its way. Fenced by id and claim, and
/// not by the state, as those of ``FinishSQL``.
enum ProgressSQL {
    static func report(id: JobID, claim: UUID, done: Int, total: Int?) -> SQL {
        """
        INSERT INTO relais.progress (job, claim, done, total)
        SELECT id, claim, \(done), \(total) FROM relais.job
        WHERE id = \(id.uuid) AND claim = \(claim)
        ON CONFLICT (job) DO UPDATE
        SET claim = excluded.claim, done = excluded.done, total = excluded.total, updated_at = clock_timestamp()
        """
    }

    /// How far attempts were that run no more: a report that met its job's end came after the end had looked for it.
    static let sweep: SQL = """
        DELETE FROM relais.progress p
        WHERE p.updated_at < clock_timestamp() - interval '10 s'
          AND NOT EXISTS (
              SELECT FROM relais.job j WHERE j.id = p.job AND j.claim = p.claim)
        """

    /// From here on a crash of the process is this job's and nobody else's.
    static func isAlone(id: JobID, claim: UUID) -> SQL {
        "UPDATE relais.job SET alone = true WHERE id = \(id.uuid) AND claim = \(claim)"
    }

    /// Committed just before the final dot leaves: from here on a crash leaves the outcome unknown.
    static func handOver(id: JobID, claim: UUID, messageID: String) -> SQL {
        """
        WITH fenced AS MATERIALIZED (
            SELECT id, claim FROM relais.job
            WHERE id = \(id.uuid) AND claim = \(claim) FOR NO KEY UPDATE
        )
        INSERT INTO relais.mail (job, claim, message_id, state)
        SELECT id, claim, \(messageID), 'handed-over' FROM fenced
        ON CONFLICT (job) DO UPDATE
        SET claim = excluded.claim, state = 'handed-over',
            handovers = \(fragment: CounterSQL.sum("relais.mail.handovers", "1")),
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
