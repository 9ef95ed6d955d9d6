import JobEngine
import Postgres
import TestSupport

/// The kinds and queues of the engine's tests.
enum TestCatalogue {
    static let work = QueueDefinition(name: "work", slots: 8)
    static let urgent = QueueDefinition(name: "urgent", slots: 4)
    static let single = QueueDefinition(name: "single", slots: 1)

    static let all = JobCatalogue(
        queues: [work, urgent, single],
        kinds: [Work.self, Urgent.self, Single.self, Brief.self, Once.self, Waiting.self, Exclusive.self]
    )

    /// Short enough for tests, long enough to be measured.
    static let backoff = Backoff(floor: .milliseconds(400), ceiling: .milliseconds(400))

    /// For kinds that are not about it: a handler may wait at a gate for as long as its test.
    static let runLimit: Duration = .seconds(3600)
}

/// The usual job.
struct Work: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.work",
        queue: "work",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job in a queue of its own, which others must not delay.
struct Urgent: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.urgent",
        queue: "urgent",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job that runs one at a time.
struct Single: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.single",
        queue: "single",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job that may take 200 ms.
struct Brief: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.brief",
        queue: "work",
        maxFailures: 2,
        backoff: TestCatalogue.backoff,
        runLimit: .milliseconds(200)
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job that exists once for each number, until it has finished.
struct Once: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.once",
        queue: "work",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit,
        unique: UniqueRule(.untilFinished)
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job of which one waits for each number.
struct Waiting: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.waiting",
        queue: "work",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit,
        unique: UniqueRule(.untilClaimed)
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A job of which one runs and one waits for each number.
struct Exclusive: JobArguments {
    var number = 1

    static let definition = KindDefinition(
        name: "test.exclusive",
        queue: "work",
        maxFailures: 3,
        backoff: TestCatalogue.backoff,
        runLimit: TestCatalogue.runLimit,
        unique: UniqueRule(.untilClaimed),
        exclusiveBy: ["number"]
    )
    static let fields = [ArgumentField("number", .id)]
}

/// A handler made of a closure.
struct Handling<Arguments: JobArguments>: JobHandler {
    let body: @Sendable (Arguments, JobContext) async throws -> JobOutcome

    init(_: Arguments.Type, _ body: @escaping @Sendable (Arguments, JobContext) async throws -> JobOutcome) {
        self.body = body
    }

    func perform(_ arguments: Arguments, in context: JobContext) async throws -> JobOutcome {
        try await body(arguments, context)
    }
}

/// A handler that only writes down that it ran.
func recording<Arguments: JobArguments>(
    _ kind: Arguments.Type,
    in log: EventLog<JobID>
) -> Handling<Arguments> {
    Handling(kind) { _, context in
        log.append(context.job.id)
        return .done()
    }
}

/// Waits as a handler that hangs does: until its task is cancelled, and longer than any test.
func hang() async throws {
    try await Task.sleep(for: .seconds(3600))
}

/// A door that a handler waits at until the test opens it, whatever becomes of the handler's task.
final class Gate: Sendable {
    private let opened = EventLog<Bool>()

    func open() { opened.append(true) }

    /// Waits in a task of its own, so that a cancellation does not end the wait.
    func pass() async throws {
        let opened = opened
        try await Task { _ = try await opened.first("gate to open") { $0 } }.value
    }
}
