package import JobEngine

/// Finds the owners of offers who have something to be reminded of, and enqueues one reminder for each.
package struct ReminderSweep: JobArguments, Hashable {
    package init() {}

    /// An hour: each chunk commits by itself, so a run that is cut off has lost nothing and the next goes on.
    package static let definition = KindDefinition(
        name: "application.reminder-sweep",
        queue: PlatformCatalogue.Queue.expiry.name,
        maxFailures: 10,
        runLimit: .seconds(3600),
        unique: UniqueRule(.untilFinished)
    )

    package static let fields: [ArgumentField] = []
}
