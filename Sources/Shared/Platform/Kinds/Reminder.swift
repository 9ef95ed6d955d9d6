package import JobEngine

/// Tells the owner of offers which applications wait for his answer, and which have just expired.
package struct Reminder: JobArguments, Hashable {
    package let ownerID: Int64

    package init(ownerID: Int64) {
        self.ownerID = ownerID
    }

    enum CodingKeys: String, CodingKey {
        case ownerID = "owner_id"
    }

    /// One that still waits, as in a pause of the queue, says what the next one would: the owner gets one mail.
    package static let definition = KindDefinition(
        name: "application.reminder",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        backoff: KindLimits.noticeBackoff,
        runLimit: KindLimits.mailRun,
        unique: UniqueRule(.untilClaimed)
    )

    package static let fields = [ArgumentField("owner_id", .id, required: true)]
}
