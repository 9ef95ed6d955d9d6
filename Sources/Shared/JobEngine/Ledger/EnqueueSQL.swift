import Foundation
import Postgres

/// Statements that make jobs. All of them go through `relais.enqueue`, so that a job enqueued over HTTP and one
/// enqueued in the platform's own transaction are made by the same lines.
enum EnqueueSQL {
    static func one(_ job: NewJob) -> SQL {
        """
        SELECT relais.enqueue(
            kind => \(job.kind), arguments => \(job.arguments), run_at => \(job.runAt),
            deadline => \(job.deadline), subject => \(job.subject), traceparent => \(job.traceparent)) AS id
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
        INSERT INTO relais.kind (name, queue, resolver)
        VALUES (\(kind.name), \(kind.queue), \(kind.resolver)::text::regprocedure)
        ON CONFLICT (name) DO UPDATE SET queue = excluded.queue, resolver = excluded.resolver
        """
    }
}
