import Foundation
import Postgres

/// The end of a job as the ledger records it.
struct Ending: Sendable {
    let id: JobID
    let claim: UUID
    let state: JobState
    let reason: String?
    let result: JSON?
    /// Whether the attempt that ends the job failed: it is charged and leaves a failure row.
    let failed: Bool
    let errorClass: String?
    let mail: MailAnswer?

    init(
        _ job: ClaimedJob,
        _ state: JobState,
        reason: String? = nil,
        result: JSON? = nil,
        failed: Bool = false,
        errorClass: String? = nil,
        mail: MailAnswer? = nil
    ) {
        self.id = job.id
        self.claim = job.claim
        self.state = state
        self.reason = reason.map(LedgerText.fitted)
        self.result = result
        self.failed = failed
        self.errorClass = errorClass.map(LedgerText.fitted)
        self.mail = mail
    }
}

/// A job's way back to `pending`.
struct Return: Sendable {
    /// What the attempt is charged to.
    enum Charge: String, Sendable {
        case failure, snooze, nothing
    }

    let id: JobID
    let claim: UUID
    let charge: Charge
    let delay: Duration
    let reason: String?
    let errorClass: String?

    init(
        id: JobID,
        claim: UUID,
        charge: Charge,
        delay: Duration = .zero,
        reason: String? = nil,
        errorClass: String? = nil
    ) {
        self.id = id
        self.claim = claim
        self.charge = charge
        self.delay = delay
        self.reason = reason.map(LedgerText.fitted)
        self.errorClass = errorClass.map(LedgerText.fitted)
    }
}
