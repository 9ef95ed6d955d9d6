import JobEngine
import Platform
import Postgres

/// What `deploy/chaos` has done. The kinds share a queue of the platform, so that the real relay serves it.
enum ChaosKinds {
    static let queue = QueueDefinition(name: PlatformCatalogue.Queue.notice.name, slots: 16)
    static let catalogue = JobCatalogue(
        queues: [queue],
        kinds: [EffectWithFinish.self, EffectFirst.self],
        schedules: []
    )

    static var registry: HandlerRegistry {
        var registry = HandlerRegistry()
        registry.register(EffectWithFinishHandler())
        registry.register(EffectFirstHandler())
        return registry
    }

    static let fields = [ArgumentField("ms", .id)]
}

/// Writes its effect in the transaction of its finish.
struct EffectWithFinish: JobArguments {
    /// How long the work takes before its effect.
    let ms: Int

    static let definition = KindDefinition(name: "chaos.effect-with-finish", queue: ChaosKinds.queue.name)
    static let fields = ChaosKinds.fields
}

/// Commits its effect under its claim, goes on working, and ends in a transaction of its own.
struct EffectFirst: JobArguments {
    /// How long the work takes after its effect.
    let ms: Int

    static let definition = KindDefinition(name: "chaos.effect-first", queue: ChaosKinds.queue.name)
    static let fields = ChaosKinds.fields
}

struct EffectWithFinishHandler: JobHandler {
    func perform(_ arguments: EffectWithFinish, in context: JobContext) async throws -> JobOutcome {
        try await Task.sleep(for: .milliseconds(arguments.ms))
        return try await context.finish(.done()) { connection in
            _ = try await connection.execute(Effect.add(context.job))
        }
    }
}

struct EffectFirstHandler: JobHandler {
    func perform(_ arguments: EffectFirst, in context: JobContext) async throws -> JobOutcome {
        try await context.transaction { connection in
            // An earlier attempt may have come so far. The fence lets no other attempt commit between look and write.
            if try await connection.query(Effect.find(context.job)).isEmpty {
                _ = try await connection.execute(Effect.add(context.job))
            }
        }
        try await Task.sleep(for: .milliseconds(arguments.ms))
        return .done()
    }
}

/// The table has no unique constraint: nothing but the engine keeps an effect from happening twice.
enum Effect {
    static func add(_ job: ClaimedJob) -> SQL {
        "INSERT INTO chaos.effect (job, attempt) VALUES (\(job.id.uuid), \(job.attempt))"
    }

    static func find(_ job: ClaimedJob) -> SQL {
        "SELECT FROM chaos.effect WHERE job = \(job.id.uuid) LIMIT 1"
    }
}
