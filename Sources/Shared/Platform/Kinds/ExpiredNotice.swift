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

    /// Five minutes between attempts at least: nobody waits at a screen, thousands may fail together, and a server
    /// that defers unknown senders wants about that long.
    package static let definition = KindDefinition(
        name: "application.expired-notice",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        backoff: Backoff(floor: .seconds(300), ceiling: .seconds(6 * 3600)),
        runLimit: KindLimits.mailRun
    )

    package static let fields = [ArgumentField("application_id", .id, required: true)]
}
