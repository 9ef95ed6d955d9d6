import AMQP
import TestSupport
import Testing

@Suite struct ReconnectionTests {
    @Test func aConnectionClosedByTheBrokerComesBackWithAllThatWasOnIt() async throws {
        try await withBroker(.work) { connection, host in
            let publisher = connection.makePublisher()
            let consumer = connection.makeConsumer(queue: "work", prefetch: 10)
            try await publisher.waitUntilReady()
            _ = try await publisher.publishPatiently(messages(1...2))
            let before = await consumer.take(2)

            var events = connection.events().makeAsyncIterator()
            guard case .connected = await events.next() else { throw TimedOut(waitingFor: "present state") }
            // The management API learns of a connection a moment after it is open.
            try await eventually("connection to close") { try await host.closeConnections() > 0 }
            guard case .lost(let error) = await events.next() else { throw TimedOut(waitingFor: "loss") }
            #expect(error.code == 320)
            guard case .connected = await events.next() else { throw TimedOut(waitingFor: "reconnection") }

            let again = await consumer.take(2)
            #expect(Set(again.compactMap(\.messageID)) == ["1", "2"])
            // A tag of the lost channel means another message on this one.
            await consumer.acknowledge(before)
            await consumer.reject(again, requeue: true)
            await consumer.acknowledge(await consumer.take(2))
            try await publisher.waitUntilReady()
            #expect(try await publisher.publishPatiently(messages(3...3)) == [.confirmed])
            #expect(await consumer.take(1).first?.messageID == "3")
        }
    }

    @Test func batchesInFlightFailAtOnceWhenTheConnectionIsLost() async throws {
        try await withBroker(.work) { connection, host in
            let publisher = connection.makePublisher()
            try await publisher.waitUntilReady()
            let flood = Task {
                while true { _ = try await publisher.publish(messages(1...200), timeout: .seconds(600)) }
            }
            try await eventually("connection to close") { try await host.closeConnections() > 0 }
            let result = await flood.result
            #expect(throws: AMQPError.self) { try result.get() }
        }
    }

    @Test func aWrongPasswordSaysWhatToCheckAndNotWhatItWas() async throws {
        try await withTemporaryVirtualHost { host in
            let wrong = host.url.replacing(/:[^:@\/]+@/, with: ":not-the-password@")
            let error = try await withConnection(wrong) { await $0.nextFailure() }
            #expect(error?.kind == .refused)
            #expect(error?.code == 403)
            #expect(error?.isTransient == false)
            #expect(error?.description.contains("Check the user and password") == true)
            #expect(error?.description.contains("not-the-password") == false)
        }
    }

    @Test func aMissingVirtualHostIsNamedAsSuch() async throws {
        try await withTemporaryVirtualHost { host in
            let error = try await withConnection(host.url + "-missing") { await $0.nextFailure() }
            #expect(error?.kind == .refused)
            #expect(error?.code == 530)
        }
    }

    /// Three dead hosts, so that the random start rarely hits the live one; four connections, so that "rarely" is never.
    @Test(arguments: 1...4) func deadHostsAreSkippedForTheLiveOne(_: Int) async throws {
        try await withTemporaryVirtualHost { host in
            let many = host.url.replacing(/@/, with: "@127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,")
            try await withConnection(many) { try await $0.waitUntilConnected() }
        }
    }

    @Test func anotherDeclarationOfAQueueIsReportedAndNotFatal() async throws {
        try await withBroker(.work) { _, host in
            let other = Topology(queues: [.init(name: "work")])
            let error = try await withConnection(host.url, other) { await $0.nextFailure() }
            #expect(error?.code == 406)
            #expect(error?.during == "declare queue work")
        }
    }
}
