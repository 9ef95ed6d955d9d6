package import JobEngine

/// Tells the owner of an offer (employer, référent or association) that a pupil has applied to it.
package struct SubmittedNotice: JobArguments, Hashable {
    package let applicationID: Int64

    package init(applicationID: Int64) {
        self.applicationID = applicationID
    }

    enum CodingKeys: String, CodingKey {
        case applicationID = "application_id"
    }

    package static let definition = KindDefinition(
        name: "application.submitted-notice",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        backoff: KindLimits.noticeBackoff,
        runLimit: KindLimits.mailRun
    )

    package static let fields = [ArgumentField("application_id", .id, required: true)]
}
