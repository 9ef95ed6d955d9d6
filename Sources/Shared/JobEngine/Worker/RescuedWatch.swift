import Logging

/// Looks once a second for jobs of dead processes, and lets the queues' workers take them before what is in the broker.
struct RescuedWatch: Sendable {
    let ledger: Ledger
    let workers: [QueueWorker]
    let logger: Logger

    private static let pace: Duration = .seconds(1)

    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pace * Double.random(in: 0.8...1))
            do {
                let queues = try await ledger.queuesWithRescuedJobs(among: workers.map(\.queue.name))
                for worker in workers where queues.contains(worker.queue.name) {
                    await worker.takeRescuedFirst()
                }
            } catch {
                logger.debug("Rescued jobs could not be looked for", metadata: [LogKey.error: "\(error)"])
            }
        }
    }
}
