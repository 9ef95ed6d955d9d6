import Postgres
import TestSupport
import Testing

@Suite struct NotificationTests {
    @Test func whatIsSentArrivesInOrderWhileIdle() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { listener in
                let notifications = await listener.notifications()
                try await listener.listen("wake \"up")
                try await database.withConnection { sender in
                    for number in 1...3 {
                        try await sender.execute("SELECT pg_notify('wake \"up', \("n\(number)"))")
                    }
                    var iterator = notifications.makeAsyncIterator()
                    for number in 1...3 {
                        let next = try await iterator.next()
                        #expect(next?.channel == "wake \"up")
                        #expect(next?.payload == "n\(number)")
                        #expect(next?.pid == sender.backendPID)
                    }
                }
            }
        }
    }

    @Test func notificationsDuringAStatementAreNotLost() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let notifications = await connection.notifications()
                try await connection.listen("self")
                try await connection.pipeline(["SELECT pg_notify('self', 'a')", "SELECT pg_notify('self', 'b')"])
                var iterator = notifications.makeAsyncIterator()
                #expect(try await iterator.next()?.payload == "a")
                #expect(try await iterator.next()?.payload == "b")
            }
        }
    }

    @Test func listenersLearnOfTheLoss() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { listener in
                let notifications = await listener.notifications()
                try await listener.listen("wake")
                try await database.withConnection {
                    _ = try await $0.query("SELECT pg_terminate_backend(\(listener.backendPID))")
                }
                let error = await #expect(throws: PostgresError.self) { for try await _ in notifications {} }
                #expect(error?.isTransient == true)
                await #expect(throws: PostgresError.self) { try await listener.query("SELECT 1") }
            }
        }
    }
}
