import Curl
import Foundation
import JobEngine
import Platform
import Postgres

/// Sends the SMS of a job through the gateway of the settings. When nobody can tell whether one went out it is sent
/// again: somebody waits for it, and it has the same digits and the same `Idempotency-Key`.
struct JobTexter: Sendable {
    private let gateway: SMSGateway?

    /// - Parameter gateway: nil: none is configured, and whoever has only a telephone cannot be reached.
    init(gateway: SMSGateway?) {
        self.gateway = gateway
    }

    /// The end of a job that needs a gateway where there is none; nil where there is one. Dead and not obsolete: the job
    /// can be replayed once there is a gateway.
    var refusal: JobOutcome? {
        gateway == nil ? .discard(because: Self.noGateway) : nil
    }

    private static let noGateway =
        "no-sms-gateway: the account has only a telephone number; set RELAIS_SMS_URL and replay the job"

    /// Sends `text` to `number` and answers how the job ends.
    func deliver(_ text: String, to number: String, for context: JobContext) async throws -> JobOutcome {
        guard let gateway else { return .discard(because: Self.noGateway) }
        do {
            return Self.outcome(of: try await gateway.send(text, to: number, id: context.job.id))
        } catch let error as HTTPError {
            if case .invalidRequest = error { return .discard(because: "SMS gateway: \(error)") }
            return .retry(because: "SMS gateway: \(error)")
        }
    }

    /// Of an answer only the status counts, and only it is kept: the words quote numbers.
    static func outcome(of answer: HTTPResponse) -> JobOutcome {
        let because = "SMS gateway answered \(answer.status)"
        switch answer.status {
        case 200..<300:
            return .done(result: JSON(#"{"channel": "sms", "status": \#(answer.status)}"#))
        // Slower, later, or a fault of theirs; a wrong key or path is one of ours, which a correction heals.
        case 300..<400, 401, 403, 404, 405, 407, 408, 425, 429, 500...:
            return .retry(after: retryAfter(answer), because: because)
        default:
            return .discard(because: because)
        }
    }

    /// As many seconds as the gateway asks for, within an hour; a date is left to the kind's backoff.
    private static func retryAfter(_ answer: HTTPResponse) -> Duration? {
        guard let seconds = answer[header: "retry-after"].flatMap({ Int($0) }), seconds > 0 else { return nil }
        return .seconds(min(seconds, 3600))
    }
}
