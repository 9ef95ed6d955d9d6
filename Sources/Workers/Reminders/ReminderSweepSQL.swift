import Foundation
import JobEngine
import Postgres

/// Statements of the reminder sweep.
///
/// An application is due when it waits and its latest threshold (7 or 14 × 24 h after it was submitted) has passed since
/// its owner was last reminded of it, or when it has expired since then. The states stand as literals so that the partial
/// indexes of waiting and of expired applications are used.
enum ReminderSweepSQL {
    private static let thresholds: (first: Duration, second: Duration) = (.seconds(7 * 86_400), .seconds(14 * 86_400))
    /// What expired longer ago is no news: without a bound the first sweep of all would tell the expired applications of
    /// years. Longer than any standstill that a schedule catches up.
    private static let newsLife: Duration = .seconds(7 * 86_400)

    /// Sweeps take turns, chunk by chunk: two at once would share out the applications of an owner, and he would get two
    /// mails. A statement of its own, so that the next one sees what the sweep before it has committed.
    static let turn: SQL = "SELECT pg_advisory_xact_lock(7263, 0)"

    /// Marks what is due of the next `owners` owners and enqueues a reminder for each of them. Answers how many there are,
    /// and the last of those looked at; null: none is left.
    ///
    /// An application that somebody is answering at this moment is locked and skipped. The mark is a little later than
    /// the creation of the reminder, by which that one knows what has expired since: `made` ends before the first row is
    /// marked.
    static func remind(after last: Int64, at instant: Date, owners: Int) -> SQL {
        """
        WITH owner AS MATERIALIZED (
            SELECT DISTINCT o.owner_id AS id
            FROM platform.application a JOIN platform.offer o ON o.id = a.offer_id
            WHERE o.owner_id > \(last) AND (\(fragment: isDue(at: instant)))
            ORDER BY 1 LIMIT \(owners)
        ), due AS MATERIALIZED (
            SELECT a.id, o.owner_id
            FROM platform.application a JOIN platform.offer o ON o.id = a.offer_id
            WHERE o.owner_id IN (SELECT id FROM owner) AND (\(fragment: isDue(at: instant)))
            ORDER BY a.id FOR UPDATE OF a SKIP LOCKED
        ), made AS MATERIALIZED (
            SELECT count(*) AS owners FROM relais.enqueue_many((
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'kind', 'application.reminder',
                    'arguments', jsonb_build_object('owner_id', owner_id),
                    'subject', owner_id)), '[]')
                FROM (SELECT DISTINCT owner_id FROM due) AS concerned))
        ), marked AS (
            UPDATE platform.application a SET reminded_at = clock_timestamp()
            FROM due CROSS JOIN made WHERE a.id = due.id AND made.owners > 0
        )
        SELECT (SELECT max(id) FROM owner) AS last, (SELECT owners FROM made) AS owners
        """
    }

    /// Each threshold once: a reminder after the second one counts for both.
    private static func isDue(at instant: Date) -> SQL {
        let (first, second) = (thresholds.first.inSeconds, thresholds.second.inSeconds)
        return """
            (a.state = 'submitted' AND a.submitted_at <= \(instant) - make_interval(secs => \(first))
                AND (a.reminded_at IS NULL OR a.reminded_at < a.submitted_at + make_interval(secs => CASE
                    WHEN a.submitted_at <= \(instant) - make_interval(secs => \(second)) THEN \(second)
                    ELSE \(first) END)))
            OR (a.state = 'expired' AND a.expired_at <= \(instant)
                AND a.expired_at > \(instant) - make_interval(secs => \(newsLife.inSeconds))
                AND (a.reminded_at IS NULL OR a.reminded_at < a.expired_at))
            """
    }
}
