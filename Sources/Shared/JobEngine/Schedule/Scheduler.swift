package import Logging
import Metrics
package import Postgres
import ServiceLifecycle

/// Fires schedules: looks once a second for those that are due. Any number of processes may run it; each tick is fired by
/// the one that moves the schedule's row on first, so none of them leads and the death of one delays nothing.
package struct Scheduler: Service {
    private let ledger: Ledger
    private let clock: SQL
    private let pace: Duration
    private let logger: Logger

    /// A schedule that cannot fire says so at its first try and then once a minute.
    private static let triesPerLine = 60

    /// - Parameters:
    ///   - clock: An SQL expression of the present instant. The clocks of processes differ, and two that disagree about
    ///     the hour would fire a tick early.
    ///   - pace: The time between two looks.
    package init(ledger: Ledger, logger: Logger, clock: SQL = "clock_timestamp()", pace: Duration = .seconds(1)) {
        self.ledger = ledger
        self.logger = logger
        self.clock = clock
        self.pace = pace
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures: [String: Int] = [:]
            while !Task.isCancelled {
                await self.turn(failures: &failures)
                try? await Task.sleep(for: self.pace * Double.random(in: 0.9...1.1))
            }
        }
    }

    /// One look by itself.
    func turn() async {
        var failures: [String: Int] = [:]
        await turn(failures: &failures)
    }

    /// One look. `failures` counts the tries in vain of each schedule; "" stands for the look itself.
    private func turn(failures: inout [String: Int]) async {
        do {
            let due = try await ledger.dueTicks(at: clock)
            failures[""] = nil
            for tick in due {
                do {
                    if let job = try await ledger.fire(tick) { fired(tick, job) }
                    failures[tick.schedule] = nil
                } catch {
                    // The others must not wait for this one.
                    complain(error, about: tick.schedule, &failures)
                }
            }
        } catch {
            complain(error, about: "", &failures)
        }
    }

    private func fired(_ tick: DueTick, _ job: EnqueuedJob) {
        Counter(label: "relais_schedules_fired_total", dimensions: [("schedule", tick.schedule)]).increment()
        logger.info(
            "A schedule has fired",
            metadata: [LogKey.schedule: "\(tick.schedule)", LogKey.jobID: "\(job.id)"]
        )
    }

    private func complain(_ error: any Error, about schedule: String, _ failures: inout [String: Int]) {
        if Task.isCancelled { return }
        let count = failures[schedule, default: 0]
        failures[schedule] = count + 1
        guard count % Self.triesPerLine == 0 else { return }
        logger.warning(
            "A schedule could not be fired, will try again",
            metadata: [LogKey.schedule: "\(schedule)", LogKey.error: "\(error)", LogKey.tries: "\(count + 1)"]
        )
    }
}
