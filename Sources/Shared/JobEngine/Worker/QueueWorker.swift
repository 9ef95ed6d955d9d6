import AMQP
import Foundation
import Logging
import Metrics
import Postgres
import Synchronization

/// Takes the messages of one queue, claims their jobs and runs them in the queue's slots.
final class QueueWorker: Sendable {
    /// When no slot has been free for so long, the consumer is paused and what it holds goes back to the broker: a
    /// message held unclaimed keeps its job from workers that have room.
    private static let patience: Duration = .milliseconds(250)
    /// How long the broker may be away before jobs are taken from the ledger itself.
    private static let brokerPatience: Duration = .seconds(5)
    /// Jobs claimed by one statement.
    private static let batchSize = 500

    let queue: QueueDefinition
    private let consumer: Consumer
    private let claimer: Claimer
    private let runner: JobRunner
    private let connection: AMQPConnection
    private let slots: Slots
    /// Taken while messages are being claimed.
    private let claiming = Slots(1)
    private let silence: SilenceWatch
    /// Whether rescued jobs wait that should not wait behind what is in the broker.
    private let areRescuedWaiting = Atomic(false)
    private let strangers = Mutex((limiter: LogLimiter(), untold: 0))
    private let logger: Logger

    init(
        queue: QueueDefinition,
        connection: AMQPConnection,
        claimer: Claimer,
        runner: JobRunner,
        logger: Logger
    ) {
        self.queue = queue
        self.consumer = connection.makeConsumer(queue: queue.name, prefetch: queue.slots)
        self.claimer = claimer
        self.runner = runner
        self.connection = connection
        self.slots = Slots(queue.slots)
        self.silence = SilenceWatch(
            queue: queue.name,
            connection: connection,
            consumer: consumer,
            ledger: claimer.ledger,
            slots: slots,
            logger: logger
        )
        self.logger = logger
    }

    /// Works until the task is cancelled; jobs that were started go on in tasks of their own.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.silence.run() }
            group.addTask { await self.takeMessages() }
            group.addTask { await self.takeFromLedger() }
            await group.next()
            group.cancelAll()
        }
        await consumer.close()
    }

    // MARK: - Control

    /// Takes nothing more until ``wake()``. Returns once no claim is under way: what runs then is all that runs.
    func quiet() async {
        slots.close()
        await consumer.pause()
        await claiming.allFree()
    }

    func wake() async {
        slots.open()
        silence.heard()
        await consumer.resume()
    }

    /// Runs so many jobs at once from now on. Those above it that run already go on to their end.
    func resize(to total: Int) async {
        slots.resize(to: total)
        await consumer.limit(to: total)
    }

    /// Jobs of a dead process wait for a claim. They have waited for their rescue already, and the broker would put them
    /// behind thousands of others: they are taken from the ledger itself, at once when a slot is free, otherwise before
    /// the next message.
    ///
    /// Not left to the turn of the messages alone: with the broker away, or with the jobs' messages held by a consumer
    /// whose line is cut, no message comes that would begin it.
    func takeRescuedFirst() async {
        guard slots.free > 0 else {
            areRescuedWaiting.store(true, ordering: .relaxed)
            return
        }
        _ = await takeOneStepFromLedger(.rescued)
    }

    // MARK: - Taking

    private func takeMessages() async {
        while !Task.isCancelled {
            if runner.solitude.isWanted { await leaveAlone() }
            let free = await freeSlots()
            if Task.isCancelled { return }
            if areRescuedWaiting.exchange(false, ordering: .relaxed), await takeOneStepFromLedger(.rescued) > 0 {
                continue
            }
            let deliveries = await consumer.nextBatch(max: min(free, Self.batchSize))
            if deliveries.isEmpty { return }
            silence.heard()
            await claiming.take()
            // What does not fit any more goes back: slots were taken meanwhile, or closed, or all for one job.
            let room = runner.solitude.beginClaim() ? slots.take(upTo: deliveries.count) : nil
            if let room {
                start(room > 0 ? await claim(Array(deliveries.prefix(room))) : [], in: room)
            }
            claiming.give()
            await consumer.reject(Array(deliveries.dropFirst(room ?? 0)), requeue: true)
        }
    }

    /// While the broker is away: takes due jobs from the ledger itself, in steps of what is free, under the same gate as a
    /// relay. Somebody who waits for a reset mail does not wait for RabbitMQ.
    private func takeFromLedger() async {
        var awaySince: ContinuousClock.Instant?
        while !Task.isCancelled {
            guard !connection.isConnected else {
                awaySince = nil
                try? await Task.sleep(for: .seconds(1))
                continue
            }
            let since = awaySince ?? .now
            awaySince = since
            guard ContinuousClock.now - since >= Self.brokerPatience else {
                try? await Task.sleep(for: .milliseconds(500))
                continue
            }
            // Looked at often: half a second's pause after each full step would be all that short jobs get done.
            guard slots.free > 0 || slots.isClosed else {
                try? await Task.sleep(for: .milliseconds(10))
                continue
            }
            if await takeOneStepFromLedger(.anyDue) == 0 {
                try? await Task.sleep(for: .milliseconds(Int.random(in: 400...600)))
            }
        }
    }

    private func takeOneStepFromLedger(_ choice: DirectClaim) async -> Int {
        await claiming.take()
        defer { claiming.give() }
        guard runner.solitude.beginClaim() else { return 0 }
        let room = slots.take(upTo: Self.batchSize)
        var claimed: [ClaimedJob] = []
        do {
            if room > 0 { claimed = try await claimer.claimFromLedger(choice, queue: queue.name, atMost: room) }
        } catch {
            if !Task.isCancelled {
                logger.error(
                    "Jobs cannot be claimed without the broker, will try again",
                    metadata: [LogKey.queue: "\(queue.name)", LogKey.error: "\(error)"]
                )
            }
        }
        start(claimed, in: room)
        return claimed.count
    }

    /// Ends the claim that was begun, and starts what it brought in the slots that were taken for it.
    private func start(_ claimed: [ClaimedJob], in room: Int) {
        runner.solitude.endClaim(claimed)
        for _ in claimed.count..<max(room, claimed.count) { slots.give() }
        for job in claimed {
            // Unstructured on purpose: a stop ends the taking of messages and lets running jobs go on.
            Task {
                await self.runner.run(job)
                self.slots.give()
            }
        }
    }

    /// A suspicious job has the process for itself: what waits in the broker is for others meanwhile.
    private func leaveAlone() async {
        await consumer.pause()
        await runner.solitude.over { silence.heard() }
        if !slots.isClosed { await consumer.resume() }
    }

    private func freeSlots() async -> Int {
        let free = await slots.waitForFree(atMost: Self.patience)
        if free > 0 || Task.isCancelled { return free }
        await consumer.pause()
        var later = 0
        while later <= 0, !Task.isCancelled {
            later = await slots.waitForFree(atMost: .seconds(60))
        }
        silence.heard()
        await consumer.resume()
        return later
    }

    /// Claims, then acknowledges: from here on the row owns the job. What names no job of ours is dead-lettered.
    private func claim(_ deliveries: [Delivery]) async -> [ClaimedJob] {
        do {
            let result = try await claimer.claim(deliveries, queue: queue.name)
            await consumer.acknowledge(result.settled)
            if !result.foreign.isEmpty {
                warn(ofForeign: result.foreign.count)
                await consumer.reject(result.foreign, requeue: false)
            }
            giveBackLater(result.undecided)
            return result.jobs
        } catch {
            // Cancelled while the database was away, or refused by it: nothing was claimed, the messages go back.
            if !Task.isCancelled {
                logger.error(
                    "Jobs cannot be claimed, will try again",
                    metadata: [LogKey.queue: "\(queue.name)", LogKey.error: "\(error)"]
                )
                // The broker delivers again at once: without a pause the two would play ball.
                try? await Task.sleep(for: Persistence.pause(after: 5))
            }
            await consumer.reject(deliveries, requeue: true)
            return []
        }
    }

    /// Of these nothing could be learned; the broker delivers them again at once, and without a pause the two would play
    /// ball. A consumer that is closed meanwhile gives them back as well.
    private func giveBackLater(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        Task {
            try? await Task.sleep(for: .milliseconds(500))
            await consumer.reject(deliveries, requeue: true)
        }
    }

    /// Counts those of which no line was written in the next one.
    private func warn(ofForeign count: Int) {
        let told = strangers.withLock { strangers in
            strangers.untold += count
            guard strangers.limiter.admits(queue.name) else { return 0 }
            defer { strangers.untold = 0 }
            return strangers.untold
        }
        guard told > 0 else { return }
        logger.warning(
            "Messages that name no job of this queue go to the dead-letter queue",
            metadata: [LogKey.queue: "\(queue.name)", LogKey.count: "\(told)"]
        )
    }
}
