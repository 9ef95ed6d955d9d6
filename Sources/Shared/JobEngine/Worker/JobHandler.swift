/// The code that carries out one kind of job.
///
/// A handler returns its outcome; what it throws counts as a failure. It must notice the cancellation of its task:
/// that is how a stop and the run limit reach it.
package protocol JobHandler<Arguments>: Sendable {
    associatedtype Arguments: JobArguments

    func perform(_ arguments: Arguments, in context: JobContext) async throws -> JobOutcome
}
