import JobEngine
import Postgres

/// Refuses jobs of a queue in which too many wait. Counting a million rows takes a good part of a second, so a count
/// holds for a while and is carried on by what this process accepts meanwhile; what others enqueue is seen with the next.
actor WaitingLimit {
    private struct Count {
        var waiting: Int
        /// From when on it is taken again.
        var stale: ContinuousClock.Instant
    }

    private let database: PostgresPool
    private let limit: Int
    private var counts: [String: Count] = [:]
    private var counting: Set<String> = []

    /// The least time between two counts of a queue.
    private static let pace: Duration = .seconds(1)
    /// A count may take a fiftieth of the time, whatever waits.
    private static let share = 50
    private static let timeout: Duration = .seconds(5)

    init(database: PostgresPool, limit: Int) {
        self.database = database
        self.limit = limit
    }

    /// Looks how much waits in these queues, unless that is known: to be called while no connection is held.
    func look(_ queues: [String]) async {
        for queue in Set(queues) {
            guard let known = counts[queue] else {
                await count(queue)
                continue
            }
            if known.stale <= .now { Task { await count(queue) } }
        }
    }

    /// Admits one job for each name of a queue, or none.
    ///
    /// - Throws: ``Problem`` (429) when a queue would hold more than the limit.
    func admit(_ queues: [String]) throws {
        let added = Dictionary(queues.map { ($0, 1) }, uniquingKeysWith: +)
        for (queue, jobs) in added where (counts[queue]?.waiting ?? 0) + jobs > limit {
            throw Problem.queueFull(queue, limit: limit)
        }
        for (queue, jobs) in added { counts[queue]?.waiting += jobs }
    }

    /// What cannot be counted is admitted: the enqueue itself says what is wrong with the database.
    private func count(_ queue: String) async {
        guard counting.insert(queue).inserted else { return }
        defer { counting.remove(queue) }
        let clock = ContinuousClock()
        let began = clock.now
        let before = counts[queue]?.waiting ?? 0
        guard
            let row = try? await database.query(
                """
                SELECT count(*) AS waiting FROM (
                    SELECT FROM relais.job WHERE queue = \(queue) AND state = 'pending' LIMIT \(limit)
                ) AS waiting
                """,
                as: "count waiting jobs",
                timeout: Self.timeout
            ).first, let waiting = try? row.decode("waiting", as: Int.self)
        else { return }
        // What was admitted while the count was taken may be missing from it.
        let meanwhile = (counts[queue]?.waiting ?? before) - before
        let pause = max(Self.pace, (clock.now - began) * Self.share)
        counts[queue] = Count(waiting: waiting + meanwhile, stale: clock.now + pause)
    }
}
