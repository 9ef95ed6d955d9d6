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
    /// Jobs claimed by one statement.
    private static let batchSize = 500

    private let queue: QueueDefinition
    private let consumer: Consumer
    private let claimer: Claimer
    private let runner: JobRunner
    private let slots: Slots
    private let silence: SilenceWatch
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
            await group.next()
            group.cancelAll()
        }
        await consumer.close()
    }

    private func takeMessages() async {
        while !Task.isCancelled {
            let free = await freeSlots()
            if Task.isCancelled { return }
            let deliveries = await consumer.nextBatch(max: min(free, Self.batchSize))
            if deliveries.isEmpty { return }
            silence.heard()
            slots.take(deliveries.count)
            let claimed = await claim(deliveries)
            for _ in claimed.count..<deliveries.count { slots.give() }
            for job in claimed {
                // Unstructured on purpose: a stop ends the taking of messages and lets running jobs go on.
                Task {
                    await self.runner.run(job)
                    self.slots.give()
                }
            }
        }
    }

    private func freeSlots() async -> Int {
        let free = await slots.waitForFree(atMost: Self.patience)
        if free > 0 || Task.isCancelled { return free }
        await consumer.pause()
        var later = 0
        while later == 0, !Task.isCancelled {
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
            await consumer.reject(result.undecided, requeue: true)
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
