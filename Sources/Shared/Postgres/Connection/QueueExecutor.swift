package import Dispatch

/// Runs an actor on a dispatch queue of its own: libpq may block for a moment (looking up a host, a full TLS
/// handshake), and Swift's shared threads are as few as the cores. The queue also serves the socket's events, so
/// libpq is only ever used from one place.
final class QueueExecutor: SerialExecutor {
    let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    // Without it, `assumeIsolated` in an event handler traps although the queue is the right one.
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}

extension DispatchTime {
    /// So long from now.
    package static func after(_ duration: Duration) -> DispatchTime {
        let (seconds, attoseconds) = duration.components
        return .now()
            + .nanoseconds(Int(clamping: Int64(clamping: seconds) &* 1_000_000_000 &+ attoseconds / 1_000_000_000))
    }
}
