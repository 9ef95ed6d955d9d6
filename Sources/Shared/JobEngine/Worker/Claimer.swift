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
        /// Deliveries of which nothing could be learned, or whose job still waits for them; they go back to the broker.
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
            let known = missed.isEmpty ? [:] : await known(missed, queue: queue)
            for (delivery, message) in named {
                if claimedIDs.contains(message.id) {
                    result.settled.append(delivery)
                } else if let known {
                    switch known[message] {
                    case .stale: result.settled.append(delivery)
                    case .waiting: result.undecided.append(delivery)
                    case nil: result.foreign.append(delivery)
                    }
                } else {
                    result.undecided.append(delivery)
                }
            }
        }
        Self.foreign.increment(by: result.foreign.count)
        return result
    }

    /// Claims due jobs of a queue without messages; otherwise as ``claim(_:queue:)``.
    func claimFromLedger(_ choice: DirectClaim, queue: String, atMost count: Int) async throws -> [ClaimedJob] {
        let tokens = (0..<count).map { _ in UUID() }
        let process = try await presence.number()
        return try await claimed(
            by: process,
            claim: { try await ledger.claimDue(choice, queue: queue, under: tokens, process: process) },
            readBack: { try await ledger.claimed(under: tokens, process: process) }
        )
    }

    private func claim(_ messages: [JobMessage], queue: String) async throws -> [ClaimedJob] {
        // A job named twice in one batch is claimed once: the second token would meet a running row.
        let tokens = messages.map { _ in UUID() }
        let process = try await presence.number()
        return try await claimed(
            by: process,
            claim: { try await ledger.claim(messages, under: tokens, queue: queue, process: process) },
            readBack: { try await ledger.claimed(under: tokens, process: process) }
        )
    }

    private func claimed(
        by process: Int64,
        claim: @escaping @Sendable () async throws -> [ClaimedJob],
        readBack: @escaping @Sendable () async throws -> [ClaimedJob]
    ) async throws -> [ClaimedJob] {
        var isAnswerLost = false
        let jobs: [ClaimedJob]
        do {
            jobs = try await Persistence(logger: logger).untilDone("claim jobs") {
                let isRepeated = isAnswerLost
                isAnswerLost = true
                // In a task of its own: a stop would cancel the statement, perhaps after its commit, and leave jobs
                // claimed that nobody runs until a rescue charges them with a crash.
                return try await Task {
                    let before = isRepeated ? try await readBack() : []
                    let claimed = before.isEmpty ? try await claim() : before
                    if !claimed.isEmpty { CrashPoint.jobsClaimed.pass() }
                    return claimed
                }.value
            }
        } catch {
            if isAnswerLost { await giveBack(readBack) }
            throw error
        }
        for job in jobs {
            running.begin(job, process: process)
        }
        return jobs
    }

    /// Gives back what a claim may have taken whose answer never came.
    private func giveBack(_ readBack: @escaping @Sendable () async throws -> [ClaimedJob]) async {
        do {
            try await Task {
                let returns = try await readBack().map { Return(id: $0.id, claim: $0.claim, charge: .nothing) }
                if !returns.isEmpty { _ = try await ledger.giveBack(returns) }
            }.value
        } catch {
            logger.warning(
                "Whether jobs were claimed is unknown; if so, they wait for the rescue",
                metadata: [LogKey.error: "\(error)"]
            )
        }
    }

    /// What the messages are, those left out that name no job of the queue; nil when the ledger does not say.
    private func known(_ messages: [JobMessage], queue: String) async -> [JobMessage: MissedMessage]? {
        do {
            let known = try await Persistence(logger: logger).untilDone("look up stale messages") {
                try await ledger.known(messages, queue: queue)
            }
            Self.stale.increment(by: known.values.count { $0 == .stale })
            // The job is where its message says, and yet the claim did not find it: perhaps this process was buried.
            if known.values.contains(.waiting) { presence.lookAtYourself() }
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
