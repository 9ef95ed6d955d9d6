import AMQP
import Foundation
import Logging
import Metrics
import Postgres

/// Turns deliveries into claimed jobs.
struct Claimer: Sendable {
    let ledger: Ledger
    let presence: ProcessPresence
    let running: RunningJobs
    let logger: Logger

    private static let stale = Counter(label: "relais_stale_messages_total")
    private static let foreign = Counter(label: "relais_foreign_messages_total")

    struct Result: Sendable {
        var jobs: [ClaimedJob] = []
        /// Deliveries that are dealt with: claimed, or stale.
        var settled: [Delivery] = []
        /// Deliveries that name no job of this queue.
        var foreign: [Delivery] = []
        /// Deliveries of which nothing could be learned; they go back to the broker.
        var undecided: [Delivery] = []
    }

    /// Claims what the deliveries name, however long the database is away; throws when the task is cancelled while
    /// waiting for it. A claim whose answer was lost is read back by its tokens before it is tried again.
    func claim(_ deliveries: [Delivery], queue: String) async throws -> Result {
        var result = Result()
        var named: [(delivery: Delivery, message: JobMessage)] = []
        for delivery in deliveries {
            if let message = JobMessage(body: delivery.body) {
                named.append((delivery, message))
            } else {
                result.foreign.append(delivery)
            }
        }
        if !named.isEmpty {
            let messages = named.map(\.message)
            result.jobs = try await claim(messages, queue: queue)
            let claimedIDs = Set(result.jobs.map(\.id))
            let missed = messages.filter { !claimedIDs.contains($0.id) }
            // Must not throw: the claimed jobs are this process's by now and would run nowhere.
            let known = missed.isEmpty ? [] : await stale(missed, queue: queue)
            for (delivery, message) in named {
                if claimedIDs.contains(message.id) || known?.contains(message) == true {
                    result.settled.append(delivery)
                } else if known == nil {
                    result.undecided.append(delivery)
                } else {
                    result.foreign.append(delivery)
                }
            }
        }
        Self.foreign.increment(by: result.foreign.count)
        return result
    }

    private func claim(_ messages: [JobMessage], queue: String) async throws -> [ClaimedJob] {
        let tokens = messages.map { _ in UUID() }
        let process = try await presence.number()
        // A job named twice in one batch is claimed once: the second token would meet a running row.
        var isAnswerLost = false
        let jobs: [ClaimedJob]
        do {
            jobs = try await Persistence(logger: logger).untilDone("claim jobs") {
                let isRepeated = isAnswerLost
                isAnswerLost = true
                // In a task of its own: a stop would cancel the statement, perhaps after its commit, and leave jobs
                // claimed that nobody runs until a rescue charges them with a crash.
                return try await Task {
                    let before = isRepeated ? try await ledger.claimed(messages, under: tokens, process: process) : []
                    return before + (try await ledger.claim(messages, under: tokens, queue: queue, process: process))
                }.value
            }
        } catch {
            if isAnswerLost { await giveBack(messages, under: tokens) }
            throw error
        }
        for job in jobs {
            running.begin(job, process: process)
        }
        return jobs
    }

    /// Gives back what a claim may have taken whose answer never came.
    private func giveBack(_ messages: [JobMessage], under tokens: [UUID]) async {
        let returns = zip(messages, tokens).map { Return(id: $0.id, claim: $1, charge: .nothing) }
        do {
            _ = try await Task { try await ledger.giveBack(returns) }.value
        } catch {
            logger.warning(
                "Whether jobs were claimed is unknown; if so, they wait for the rescue",
                metadata: [LogKey.count: "\(returns.count)", LogKey.error: "\(error)"]
            )
        }
    }

    /// The messages that are stale; nil when the ledger does not say.
    private func stale(_ messages: [JobMessage], queue: String) async -> Set<JobMessage>? {
        do {
            let known = try await Persistence(logger: logger).untilDone("look up stale messages") {
                try await ledger.known(messages, queue: queue)
            }
            Self.stale.increment(by: known.count)
            return known
        } catch {
            logger.warning(
                "Messages could not be looked up and go back to the broker",
                metadata: [
                    LogKey.queue: "\(queue)", LogKey.count: "\(messages.count)", LogKey.error: "\(error)",
                ]
            )
            return nil
        }
    }
}
