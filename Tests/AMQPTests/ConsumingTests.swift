import AMQP
import TestSupport
import Testing

@Suite struct ConsumingTests {
    @Test func noMoreThanThePrefetchIsHeldUnacknowledged() async throws {
        try await withBroker(.work) { connection, _ in
            try await publish(messages(1...50), on: connection)
            let consumer = connection.makeConsumer(queue: "work", prefetch: 20)
            let first = await consumer.take(20)
            #expect(try await connection.messageCount(queue: "work") == 30)
            await consumer.acknowledge(Array(first.prefix(5)))
            #expect(await consumer.take(5).count == 5)
            #expect(try await connection.messageCount(queue: "work") == 25)
        }
    }

    @Test func acknowledgingOutOfOrderSettlesThoseAndNoOther() async throws {
        try await withBroker(.work) { connection, _ in
            try await publish(messages(1...100), on: connection)
            let consumer = connection.makeConsumer(queue: "work", prefetch: 100)
            let all = await consumer.take(100)
            // Every third, backwards and twice; then the first ten.
            let thirds = all.filter { Int($0.messageID ?? "")?.isMultiple(of: 3) == true }
            await consumer.acknowledge(thirds.reversed())
            await consumer.acknowledge(thirds)
            await consumer.acknowledge(Array(all.prefix(10)))
            await consumer.close()
            // The closed channel gives back the rest.
            let settled = Set(thirds.compactMap(\.messageID) + all.prefix(10).compactMap(\.messageID))
            let again = connection.makeConsumer(queue: "work", prefetch: 100)
            let rest = await again.take(100 - settled.count)
            #expect(Set(rest.compactMap(\.messageID)) == Set((1...100).map(String.init)).subtracting(settled))
            #expect(rest.allSatisfy { $0.redelivered })
        }
    }

    @Test func rejectedMessagesAreDeadLetteredAndRequeuedOnesComeAgain() async throws {
        try await withBroker(.work) { connection, _ in
            try await publish(messages(1...4), on: connection)
            let consumer = connection.makeConsumer(queue: "work", prefetch: 10)
            let all = await consumer.take(4)
            await consumer.reject(Array(all.prefix(2)), requeue: false)
            await consumer.reject(Array(all.suffix(2)), requeue: true)
            let again = await consumer.take(2)
            #expect(Set(again.compactMap(\.messageID)) == ["3", "4"])
            #expect(again.allSatisfy { $0.redelivered })
            let dead = await connection.makeConsumer(queue: "dead", prefetch: 10).take(2)
            #expect(Set(dead.compactMap(\.messageID)) == ["1", "2"])
        }
    }

    @Test func pauseGivesBackWhatNobodyTookAndResumeGoesOn() async throws {
        try await withBroker(.work) { connection, host in
            try await publish(messages(1...50), on: connection)
            let consumer = connection.makeConsumer(queue: "work", prefetch: 50)
            let taken = await consumer.take(4)
            await consumer.pause()
            try await eventually("46 messages ready") { try await connection.messageCount(queue: "work") == 46 }
            // What was handed out before the pause is still his to settle.
            await consumer.acknowledge(taken)
            await consumer.resume()
            let rest = await consumer.take(46)
            #expect(Set((taken + rest).compactMap(\.messageID)).count == 50)
            await consumer.acknowledge(rest)
            await consumer.close()
            #expect(try await connection.messageCount(queue: "work") == 0)
            #expect(await consumer.nextBatch(max: 1).isEmpty)
        }
    }

    @Test func aWaitingTaskEndsWithItsCancellationAndWithTheConsumer() async throws {
        try await withBroker(.work) { connection, _ in
            let consumer = connection.makeConsumer(queue: "work", prefetch: 1)
            let cancelled = Task { await consumer.nextBatch(max: 1) }
            cancelled.cancel()
            #expect(await cancelled.value.isEmpty)
            let sequence = Task {
                var count = 0
                for await delivery in consumer.deliveries {
                    count += 1
                    await consumer.acknowledge([delivery])
                    if count == 3 { await consumer.close() }
                }
                return count
            }
            try await publish(messages(1...3), on: connection)
            #expect(await sequence.value == 3)
        }
    }

    @Test func manyTasksWaitingOnOneConsumerShareItsMessagesWithoutLoss() async throws {
        try await withBroker(.work) { connection, _ in
            let consumer = connection.makeConsumer(queue: "work", prefetch: 50)
            let taken = EventLog<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        while true {
                            let batch = await consumer.nextBatch(max: 3)
                            if batch.isEmpty { return }
                            batch.compactMap(\.messageID).forEach { taken.append($0) }
                            await consumer.acknowledge(batch)
                        }
                    }
                }
                try await publish(messages(1...5_000), on: connection)
                // An empty queue says nothing of those that the consumer holds and nobody has taken yet.
                try await eventually("all to be taken") { taken.all.count >= 5_000 }
                await consumer.close()
                try await group.waitForAll()
            }
            #expect(taken.all.count == 5_000 && Set(taken.all).count == 5_000)
        }
    }

    @Test func aQueueDeletedUnderAConsumerComesBack() async throws {
        try await withBroker(.work) { connection, host in
            let consumer = connection.makeConsumer(queue: "work", prefetch: 10)
            try await publish(messages(1...1), on: connection)
            await consumer.acknowledge(await consumer.take(1))
            try await host.deleteQueue("work")
            try await eventually("consumer on the new queue") {
                await (try? connection.status(queue: "work"))?.consumers == 1
            }
            try await publish(messages(2...2), on: connection)
            #expect(await consumer.take(1).first?.messageID == "2")
        }
    }

    @Test func resubscribingLosesNothing() async throws {
        try await withBroker(.work) { connection, _ in
            try await publish(messages(1...40), on: connection)
            let consumer = connection.makeConsumer(queue: "work", prefetch: 40)
            let taken = await consumer.take(5)
            await consumer.resubscribe()
            await consumer.acknowledge(taken)
            let rest = await consumer.take(35)
            await consumer.acknowledge(rest)
            #expect(Set((taken + rest).compactMap(\.messageID)).count == 40)
            // A quorum queue counts the cancelled consumer until its last message is settled.
            try await eventually("one consumer and no message") {
                let status = try await connection.status(queue: "work")
                return status.messages == 0 && status.consumers == 1
            }
        }
    }

    private func publish(_ messages: [OutgoingMessage], on connection: AMQPConnection) async throws {
        let publisher = connection.makePublisher()
        try await publisher.waitUntilReady()
        #expect(try await publisher.publishPatiently(messages).allSatisfy { $0 == .confirmed })
    }
}
