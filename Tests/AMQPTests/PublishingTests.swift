import AMQP
import TestSupport
import Testing

@Suite struct PublishingTests {
    @Test func tenThousandMessagesFromManyTasksAreAllConfirmed() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let confirmed = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        var count = 0
                        for part in 0..<10 {
                            let first = task * 100 + part * 10 + 1
                            count += try await publisher.publishPatiently(messages(first...(first + 9)))
                                .count { $0 == .confirmed }
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(confirmed == 10_000)
            #expect(try await connection.messageCount(queue: "work") == 10_000)
        }
    }

    @Test func aBatchLargerThanTheWindowIsSentWhole() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let outcomes = try await publisher.publishPatiently(messages(1...9_000))
            #expect(outcomes.count == 9_000)
            #expect(outcomes.allSatisfy { $0 == .confirmed })
        }
    }

    @Test func anUnroutableMessageIsReturnedAndItsNeighboursAreNot() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            // The same message id everywhere: a return must be matched without it.
            let batch = (1...500).map {
                OutgoingMessage(
                    exchange: "jobs",
                    routingKey: $0.isMultiple(of: 7) ? "nowhere" : "work",
                    body: [],
                    messageID: "same"
                )
            }
            let outcomes = try await publisher.publishPatiently(batch)
            for (index, outcome) in outcomes.enumerated() {
                let expected: PublishOutcome =
                    (index + 1).isMultiple(of: 7) ? .returned(code: 312, text: "NO_ROUTE") : .confirmed
                #expect(outcome == expected)
            }
        }
    }

    @Test func whatWasPutInComesOut() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            let consumer = connection.makeConsumer(queue: "work", prefetch: 10)
            try await publisher.waitUntilReady()
            // Larger than a frame, so that it comes in parts.
            let large = (0..<400_000).map { UInt8(truncatingIfNeeded: $0) }
            var message = OutgoingMessage(
                exchange: "jobs",
                routingKey: "work",
                body: large,
                messageID: "né",
                type: "a.b"
            )
            message.headers = ["traceparent": "00-1-2-01", "ключ": "значение"]
            let empty = OutgoingMessage(exchange: "jobs", routingKey: "work", body: [])
            #expect(try await publisher.publishPatiently([message, empty]) == [.confirmed, .confirmed])

            let received = await consumer.take(2)
            #expect(received.first?.body == large)
            #expect(received.first?.messageID == "né")
            #expect(received.first?.type == "a.b")
            #expect(received.first?.headers == message.headers)
            #expect(received.first?.redelivered == false)
            #expect(received.last?.body == [])
            #expect(received.last?.messageID == nil)
        }
    }

    @Test func anUnknownExchangeFailsItsBatchAndThePublisherComesBack() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let stray = OutgoingMessage(exchange: "no-such-exchange", routingKey: "", body: [])
            let error = await #expect(throws: AMQPError.self) { try await publisher.publishPatiently([stray]) }
            #expect(error?.kind == .channel)
            #expect(error?.code == 404)
            try await publisher.waitUntilReady()
            #expect(try await publisher.publishPatiently(messages(1...1)) == [.confirmed])
        }
    }

    @Test func aDeletedQueueComesBackWhenAMessageIsReturned() async throws {
        try await withBroker(.work) { connection, host in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            try await host.deleteQueue("work")
            try await eventually("queue declared again") {
                try await publisher.publishPatiently(messages(1...1)) == [.confirmed]
            }
        }
    }

    @Test func aPassiveDeclareOfAMissingQueueDisturbsNobody() async throws {
        try await withBroker(.work) { connection, _ in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            async let outcomes = publisher.publishPatiently(messages(1...2_000))
            for _ in 1...5 {
                let error = await #expect(throws: AMQPError.self) {
                    try await connection.messageCount(queue: "no-such-queue")
                }
                #expect(error?.code == 404)
                #expect(error?.during == "inspect queue no-such-queue")
            }
            #expect(try await outcomes.allSatisfy { $0 == .confirmed })
            #expect(try await connection.purge(queue: "work") == 2_000)
        }
    }
}
