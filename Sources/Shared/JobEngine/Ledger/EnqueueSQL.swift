import Foundation
import Postgres

/// Statements that make jobs. All of them go through `relais.make_jobs`, so that a job enqueued over HTTP and one
/// enqueued in the platform's own transaction are made by the same lines.
enum EnqueueSQL {
    /// One answer for each job, in their order. Waits at most `patience` for a transaction that has enqueued one of the
    /// keys, when it is given; then the error is 55P03, and the limit stays for the rest of the transaction.
    static func rows(_ jobs: [NewJob], patience: Duration?) -> SQL {
        let origin = jobs.count == 1 ? "relais.enqueue" : "relais.enqueue_many"
        let enqueue: SQL = """
            relais.make_jobs(\(origin), \(jobs.map(\.kind)), \(jobs.map(\.arguments)), \(jobs.map(\.runAt)),
                \(jobs.map(\.deadline)), \(jobs.map(\.subject)), \(jobs.map(\.traceparent)), \(jobs.map(\.uniqueKey)))
            """
        guard let patience else { return "SELECT id, existing FROM \(fragment: enqueue) ORDER BY ordinal" }
        // OFFSET 0 keeps the planner from dropping the setting, which nothing reads.
        return """
            SELECT made.id, made.existing
            FROM (SELECT set_config('lock_timeout', \(patience.inMilliseconds)::text, true) OFFSET 0) AS patience,
                LATERAL (SELECT e.* FROM \(fragment: enqueue) AS e WHERE patience IS NOT NULL OFFSET 0) AS made
            ORDER BY made.ordinal
            """
    }

    /// Queues and kinds are written by `migrate`, in one transaction, so that SQL callers know what a binary knows.
    static func registerQueue(_ queue: QueueDefinition) -> SQL {
        """
        INSERT INTO relais.queue (name, window_size) VALUES (\(queue.name), \(queue.window))
        ON CONFLICT (name) DO UPDATE SET window_size = excluded.window_size
        """
    }

    /// The cast fails loudly for a resolver that does not exist: registered without one, the kind would store the
    /// identifiers that its callers give.
    static func registerKind(_ kind: KindDefinition) -> SQL {
        """
        INSERT INTO relais.kind (name, queue, resolver, unique_span, unique_by, unique_defaults, exclusive_by)
        VALUES (\(kind.name), \(kind.queue), \(kind.resolver)::text::regprocedure,
            \(kind.unique?.span.rawValue), \(kind.unique?.names), \(kind.unique?.defaults ?? JSON("{}")),
            \(kind.exclusiveBy))
        ON CONFLICT (name) DO UPDATE
        SET queue = excluded.queue, resolver = excluded.resolver, unique_span = excluded.unique_span,
            unique_by = excluded.unique_by, unique_defaults = excluded.unique_defaults,
            exclusive_by = excluded.exclusive_by
        """
    }

    /// Makes room for what a release wants of the kind's arguments.
    static func forgetChecks(_ kind: KindDefinition) -> SQL {
        "DELETE FROM relais.argument_check WHERE kind = \(kind.name)"
    }

    /// What the doors in SQL hold the arguments of a kind to.
    static func registerChecks(_ kind: any JobArguments.Type) throws -> SQL {
        let checks = try JSON(encoding: ArgumentCheck.all(of: kind))
        return """
            INSERT INTO relais.argument_check (kind, place, name, shape, required, expected, low, high, length, choices,
                other)
            SELECT \(kind.definition.name), c.place, c.name, c.shape, c.required, c.expected, c.low, c.high, c.length,
                c.choices, c.other
            FROM ROWS FROM (jsonb_to_recordset(\(checks)) AS (
                name text, shape text, required boolean, expected text, low numeric, high numeric, length int,
                choices text[], other text
            )) WITH ORDINALITY
                AS c(name, shape, required, expected, low, high, length, choices, other, place)
            """
    }
}
