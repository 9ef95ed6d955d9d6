import JobEngine

/// The job of all systems measured: it does nothing but write down that it ran.
struct NoOp: JobArguments {
    let account: Int
    let locale: String
    /// When it was enqueued, on the system's monotonic clock; absent where only the count matters.
    var t: Double?

    static let definition = KindDefinition(name: "bench.noop", queue: queue.name)
    static let queue = QueueDefinition(name: "bench", slots: 500)
    static let catalogue = JobCatalogue(queues: [queue], kinds: [NoOp.self])
    static let fields: [ArgumentField] = []

    static let usual = NoOp(account: 123_456, locale: "fr", t: nil)
}

/// Appends the execution to the log; `done` whatever happens, as the other systems' jobs.
struct NoOpHandler: JobHandler {
    let log: ExecutionLog

    func perform(_ arguments: NoOp, in context: JobContext) async throws -> JobOutcome {
        log.append(sent: arguments.t ?? 0)
        return .done()
    }
}
