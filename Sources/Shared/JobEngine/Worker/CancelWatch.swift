import Logging

/// Learns which of the jobs that run here are to be cancelled, and tells them.
struct CancelWatch: Sendable {
    let ledger: Ledger
    let presence: ProcessPresence
    let running: RunningJobs
    let logger: Logger

    /// The longest time until a request is seen; a notification hurries.
    private static let pace: Duration = .seconds(1)

    func run() async {
        while !Task.isCancelled {
            await presence.cancels.wait(atMost: Self.pace)
            guard !Task.isCancelled, running.count > 0 else { continue }
            do {
                for process in running.processes {
                    for request in try await ledger.cancelRequests(of: process) {
                        running.interrupt(request.claim, .cancelled(because: request.reason))
                    }
                }
            } catch {
                logger.debug("The requests to cancel could not be read", metadata: [LogKey.error: "\(error)"])
            }
        }
    }
}
