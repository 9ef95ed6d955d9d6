import JobEngine
import Synchronization

/// Runs work that must end in time.
enum TimeLimit {
    /// The time is over.
    struct Exceeded: Error {}

    /// Runs `work`, and cancels it when it takes longer than `limit`.
    ///
    /// - Throws: ``Exceeded``, or what `work` throws.
    static func run<R: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async throws -> R) async throws -> R
    {
        let isOver = Mutex(false)
        let task = Task { try await work() }
        let alarm = Alarm(after: limit) {
            isOver.withLock { $0 = true }
            task.cancel()
        }
        defer { alarm.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw isOver.withLock { $0 } ? Exceeded() : error
        }
    }
}
