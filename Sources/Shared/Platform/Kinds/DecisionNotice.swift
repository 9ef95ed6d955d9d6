package import JobEngine

/// Tells one recipient what the owner of an offer has decided on an application: the pupil, or after an approval a
/// confirmed main teacher of the pupil's school. The platform enqueues one job for each recipient, in the transaction of
/// the decision; the worker looks whether the recipient still is one.
package struct DecisionNotice: JobArguments, Hashable {
    package let applicationID: Int64
    package let recipientID: Int64

    package init(applicationID: Int64, recipientID: Int64) {
        self.applicationID = applicationID
        self.recipientID = recipientID
    }

    enum CodingKeys: String, CodingKey {
        case applicationID = "application_id"
        case recipientID = "recipient_id"
    }

    package static let definition = KindDefinition(
        name: "application.decision-notice",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        backoff: KindLimits.noticeBackoff,
        runLimit: KindLimits.mailRun
    )

    package static let fields = [
        ArgumentField("application_id", .id, required: true), ArgumentField("recipient_id", .id, required: true),
    ]
}
