import JobEngine

/// The job of all systems measured: it does nothing but write down that it ran.
struct NoOp: JobArguments {
    let account: Int
    let locale: String
    /// When it was enqueued, in nanoseconds of the system's monotonic clock; absent where only the count matters.
    var t: Int64?

    static let definition = KindDefinition(name: "bench.noop", queue: queue.name)
    static let queue = QueueDefinition(name: "bench", slots: 500)
    static let catalogue = JobCatalogue(queues: [queue], kinds: [NoOp.self])
    static let fields = [
        ArgumentField("account", .id, required: true),
        ArgumentField("locale", .text(maxLength: 5), required: true),
        ArgumentField("t", .integer(0...Int64.max)),
    ]

    static let usual = NoOp(account: 123_456, locale: "fr", t: nil)
}

/// Appends the execution to the log; `done` whatever happens, as the other systems' jobs.
struct NoOpHandler: JobHandler {
    let log: ExecutionLog

    func perform(_ arguments: NoOp, in context: JobContext) async throws -> JobOutcome {
        log.append(sent: Double(arguments.t ?? 0) / 1e9)
        return .done()
    }
}
