package import JobEngine

/// Tells a pupil that an application of his expired without an answer.
package struct ExpiredNotice: JobArguments, Hashable {
    package let applicationID: Int64

    package init(applicationID: Int64) {
        self.applicationID = applicationID
    }

    enum CodingKeys: String, CodingKey {
        case applicationID = "application_id"
    }

    package static let definition = KindDefinition(
        name: "application.expired-notice",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        backoff: KindLimits.noticeBackoff,
        runLimit: KindLimits.mailRun
    )

    package static let fields = [ArgumentField("application_id", .id, required: true)]
}
