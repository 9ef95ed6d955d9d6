import Hummingbird
import JobEngine
import Logging
import NIOCore
import Postgres

/// Turns every error into a problem document, and logs those that are faults of ours or of a server behind.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = IntakeContext

    func handle(
        _ request: Request,
        context: IntakeContext,
        next: (Request, IntakeContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return Self.problem(for: error, context).response
        }
    }

    private static func problem(for error: any Error, _ context: IntakeContext) -> Problem {
        switch error {
        case let problem as Problem:
            return problem
        case let error as PostgresError where error.outcomeUnknown:
            log(.error, "A commit got no answer", error, context)
            return .outcomeUnknown
        // A closed pool means that this process is stopping; another one takes the request.
        case let error as PostgresError where error.isTransient || error.kind == .usage:
            log(.warning, "The database does not answer", error, context)
            return .databaseAway
        case let error as any HTTPResponseError where error.status.code == 404:
            return .unknownPath
        case let error as any HTTPResponseError where error.status.code < 500:
            return Problem(
                status: error.status,
                slug: "invalid-request",
                title: error.status.reasonPhrase,
                detail: "The request could not be read."
            )
        default:
            log(.error, "A request failed", error, context)
            return .internalFault
        }
    }

    /// Only errors that promise to hold nothing personal are logged in their own words.
    private static func log(_ level: Logger.Level, _ line: Logger.Message, _ error: any Error, _ context: IntakeContext)
    {
        let words = (error as? any RecordableError)?.record ?? String(reflecting: type(of: error))
        context.logger.log(level: level, line, metadata: [LogKey.error: "\(words)"])
    }
}
