import Postgres

/// The code that carries out one kind of job.
///
/// A handler returns its outcome; what it throws counts as a failure. It must notice the cancellation of its task:
/// that is how a stop and the run limit reach it.
package protocol JobHandler<Arguments>: Sendable {
    associatedtype Arguments: JobArguments

    func perform(_ arguments: Arguments, in context: JobContext) async throws -> JobOutcome

    /// Whether an error that `perform` threw means that a server was away which this kind needs: then the job goes back
    /// uncharged and runs again after 5 s to 5 minutes. Of itself every kind knows a database that is away.
    func isOutage(_ error: any Error) -> Bool
}

extension JobHandler {
    package func isOutage(_ error: any Error) -> Bool {
        (error as? PostgresError)?.isDatabaseAway ?? false
    }
}
