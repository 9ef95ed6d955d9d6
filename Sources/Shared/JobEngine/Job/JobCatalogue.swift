/// All queues, kinds and schedules of a platform. The engine knows no particular job: it is given this list.
package struct JobCatalogue: Sendable {
    package let queues: [QueueDefinition]
    package let kinds: [any JobArguments.Type]

    package let schedules: [ScheduleDefinition]

    package init(
        queues: [QueueDefinition],
        kinds: [any JobArguments.Type],
        schedules: [ScheduleDefinition] = []
    ) {
        self.queues = queues
        self.kinds = kinds
        self.schedules = schedules
    }

    /// The arguments type of a kind; nil when the kind is unknown.
    package func arguments(of kind: String) -> (any JobArguments.Type)? {
        kinds.first { $0.definition.name == kind }
    }

    /// The names of all kinds, sorted, as error messages list them.
    package var kindNames: [String] {
        kinds.map { $0.definition.name }.sorted()
    }
}
