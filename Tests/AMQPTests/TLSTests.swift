import AMQP
import TestSupport
import Testing

/// The broker over TLS: who is believed, and what goes through.
@Suite struct TLSTests {
    @Test func messagesLargerThanATLSRecordGoThroughAndAreConfirmed() async throws {
        try await withTemporaryVirtualHost { host in
            try await withConnection(host.encryptedURL, .work) { connection in
                let publisher = connection.makePublisher()
                let consumer = connection.makeConsumer(queue: "work", prefetch: 50)
                try await publisher.waitUntilReady()
                let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
                let messages = (1...50).map {
                    OutgoingMessage(exchange: "jobs", routingKey: "work", body: body, messageID: "\($0)")
                }
                let outcomes = try await publisher.publishPatiently(messages)
                #expect(outcomes == Array(repeating: .confirmed, count: 50))
                let taken = await consumer.take(50)
                #expect(taken.compactMap(\.messageID) == (1...50).map { "\($0)" })
                #expect(taken.allSatisfy { Array($0.body) == body })
                await consumer.acknowledge(taken)
                try await eventually("empty queue") { try await connection.messageCount(queue: "work") == 0 }
            }
        }
    }

    @Test func aConnectionCutWithoutAGoodbyeComesBackWithAllThatWasOnIt() async throws {
        try await withTemporaryVirtualHost { host in
            let target = try #require(host.encryptedURL.firstMatch(of: /@localhost:(\d+)\//)).output.1
            let link = try CuttableLink(to: #require(Int(target)))
            let url = host.encryptedURL.replacing("@localhost:\(target)/", with: "@localhost:\(link.port)/")
            try await withConnection(url, .work) { connection in
                let publisher = connection.makePublisher()
                let consumer = connection.makeConsumer(queue: "work", prefetch: 10)
                try await publisher.waitUntilReady()
                _ = try await publisher.publishPatiently(messages(1...2))
                let before = await consumer.take(2)
                #expect(before.count == 2)

                var events = connection.events().makeAsyncIterator()
                guard case .connected = await events.next() else { throw TimedOut(waitingFor: "present state") }
                link.cut()
                guard case .lost = await events.next() else { throw TimedOut(waitingFor: "loss") }
                guard case .connected = await events.next() else { throw TimedOut(waitingFor: "reconnection") }

                let again = await consumer.take(2)
                #expect(Set(again.compactMap(\.messageID)) == ["1", "2"])
                await consumer.acknowledge(again)
                try await publisher.waitUntilReady()
                #expect(try await publisher.publishPatiently(messages(3...3)) == [.confirmed])
                #expect(await consumer.take(1).first?.messageID == "3")
            }
        }
    }

    @Test func aBrokerOfAnotherAuthorityIsNotSpokenToAndTheErrorSaysWhichFileWasExpected() async throws {
        try await ForeignAuthority.with { authority in
            let error = try await failure { $0.replacing(/cacertfile=.*/, with: "cacertfile=\(authority)") }
            #expect(error.kind == .untrusted)
            #expect(!error.isTransient)
            #expect(error.text.contains("an authority in \(authority)"))
            #expect(error.text.contains("?cacertfile="))
        }
    }

    @Test func theAuthoritiesOfTheMachineDoNotVouchForAPrivateBroker() async throws {
        let error = try await failure { $0.replacing(/\?cacertfile=.*/, with: "") }
        #expect(error.text.contains("/etc/ssl/certs/ca-certificates.crt"))
    }

    @Test func aCertificateOfAnotherNameIsNotSpokenToAndTheErrorSaysWhichNameWasExpected() async throws {
        let error = try await failure { $0.replacing("@localhost:", with: "@127.0.0.1:") }
        #expect(error.kind == .untrusted)
        #expect(!error.isTransient)
        #expect(error.text.contains("a certificate for the name 127.0.0.1"))
        #expect(error.text.contains("Use the name that stands in the certificate"))
    }

    @Test func aPlainPortIsNamedAsOne() async throws {
        try await withTemporaryVirtualHost { host in
            let plain = try #require(host.url.firstMatch(of: /:(\d+)\//)).output.1
            let url = host.encryptedURL.replacing(/@localhost:\d+/, with: "@localhost:\(plain)")
            let error = try #require(await withConnection(url) { await $0.nextFailure() })
            #expect(error.kind == .connection)
            #expect(error.text.contains("expected a TLS 1.2 or 1.3 handshake"))
            #expect(error.text.contains("Check that \(plain) is the broker's TLS port"))
        }
    }

    @Test func aTLSPortThatIsSpokenToPlainlyIsNamedAsOne() async throws {
        let error = try await failure { $0.replacing("amqps://", with: "amqp://").replacing(/\?.*/, with: "") }
        #expect(error.text.contains("is the broker's TLS port, use amqps://"))
    }

    @Test func aMissingFileOfAuthoritiesIsAMatterOfUsage() async throws {
        let error = try await failure { $0.replacing(/cacertfile=.*/, with: "cacertfile=/missing/ca.pem") }
        #expect(error.kind == .usage)
        #expect(error.text == "expected a PEM file of authorities at /missing/ca.pem")
    }

    /// Why the URL, changed, does not connect. Whatever it is, it does not tell the password.
    private func failure(_ change: @Sendable (String) -> String) async throws -> AMQPError {
        try await withTemporaryVirtualHost { host in
            let password = try #require(host.url.firstMatch(of: /:([^:@\/]+)@/)).output.1
            let error = try #require(await withConnection(change(host.encryptedURL)) { await $0.nextFailure() })
            #expect(!error.description.contains(password))
            return error
        }
    }
}
