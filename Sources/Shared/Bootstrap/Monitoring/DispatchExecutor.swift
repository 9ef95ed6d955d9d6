import Dispatch

/// Runs an actor on a dispatch queue, so that the queue's socket events are inside the actor;
/// `DispatchSerialQueue` as an executor does not exist on Linux.
final class DispatchExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    /// Without it `assumeIsolated` in an event handler traps.
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
