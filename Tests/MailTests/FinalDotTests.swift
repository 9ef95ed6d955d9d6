import Foundation
import Mail
import TestSupport
import Testing

/// The moment before the end of the message leaves, on which "a mail is sent once" rests.
@Suite struct FinalDotTests {
    struct ClaimLost: Error {}

    @Test func theServerHasNotGotTheEndWhileTheCallerHandsOver() async throws {
        try await ScriptedSMTPServer.run { server in
            try await withMailer(configuration(server)) { mailer in
                let received = EventLog<Int>()
                _ = try await mailer.send(message()) {
                    // Once the server noticed something else, a dot sent before would have been noticed as well.
                    try await server.event("data")
                    try await withMailer(configuration(server)) { _ = try await $0.send(message()) {} }
                    try await server.event("kept")
                    received.append(server.count("data-received"))
                }
                #expect(received.all == [1])
                try await server.event("kept", 2)
                #expect(server.count("data-received") == 2)
            }
        }
    }

    @Test func anErrorBeforeTheEndDeliversNothingAndIsThrownOn() async throws {
        try await ScriptedSMTPServer.run { server in
            try await withMailer(configuration(server)) { mailer in
                await #expect(throws: ClaimLost.self) {
                    try await mailer.send(message()) { throw ClaimLost() }
                }
                try await server.event("closed")
                #expect(server.count("data") == 1)
                #expect(server.count("data-received") == 0)
                #expect(server.count("kept") == 0)
                _ = try await mailer.send(message()) {}
                try await server.event("kept")
            }
        }
    }

    @Test func cancellationBeforeTheEndDeliversNothing() async throws {
        try await ScriptedSMTPServer.run { server in
            try await withMailer(configuration(server)) { mailer in
                let (handingOver, started) = AsyncStream<Void>.makeStream()
                let sending = Task {
                    try await mailer.send(message()) {
                        started.yield()
                        // Deaf to the cancellation: the mail must stop all the same.
                        _ = await Task { try? await server.event("closed") }.value
                    }
                }
                for await _ in handingOver { break }
                sending.cancel()
                await #expect(throws: CancellationError.self) { try await sending.value }
                #expect(server.count("data-received") == 0)
            }
        }
    }

    @Test(arguments: ["connect", "mail", "data"])
    func cancellationWhileTheServerIsSilentDeliversNothing(_ stage: String) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, hang: true)]) { server in
            try await withMailer(configuration(server)) { mailer in
                let sending = Task { try await mailer.send(message()) {} }
                try await server.event("hanging")
                sending.cancel()
                await #expect(throws: CancellationError.self) { try await sending.value }
                #expect(server.count("kept") == 0)
            }
        }
    }

    @Test func cancellationAfterTheEndWaitsForTheAnswer() async throws {
        try await ScriptedSMTPServer.run(rules: [.init("end", hold: true)]) { server in
            try await withMailer(configuration(server)) { mailer in
                let sending = Task { try await mailer.send(message()) {} }
                try await server.event("holding")
                sending.cancel()
                try server.setRules([])
                let reply = try await sending.value
                #expect(reply.code == 250)
                try await server.event("kept")
            }
        }
    }

    @Test func aHandOverThatTakesTooLongDeliversNothing() async throws {
        try await ScriptedSMTPServer.run { server in
            let impatient = try configuration(server) { $0.handOver = .milliseconds(200) }
            try await withMailer(impatient) { mailer in
                let error = try await failure(of: mailer, message()) { try await server.event("closed") }
                #expect(error.kind == .transient)
                #expect(error.stage == .handOver)
                #expect(server.count("data-received") == 0)
            }
        }
    }
}
