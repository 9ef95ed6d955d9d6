import Logging
import Mail
import TestSupport
import Testing

/// Connections: kept, bounded, encrypted, and given up in time.
@Suite struct ConnectionTests {
    @Test func twentyMailsInTurnTakeOneConnection() async throws {
        try await ScriptedSMTPServer.run { server in
            try await withMailer(configuration(server), connections: 4) { mailer in
                for _ in 0..<20 { _ = try await mailer.send(message()) {} }
            }
            try await server.event("kept", 20)
            #expect(server.count("connection") == 1)
        }
    }

    @Test func manyMailsAtOnceTakeNoMoreConnectionsThanAllowed() async throws {
        try await ScriptedSMTPServer.run(maxConnections: 3) { server in
            try await withMailer(configuration(server), connections: 3) { mailer in
                try await withThrowingTaskGroup { group in
                    for _ in 0..<60 { group.addTask { _ = try await mailer.send(message()) {} } }
                    try await group.waitForAll()
                }
            }
            try await server.event("kept", 60)
            #expect(server.count("connection") <= 3)
        }
    }

    @Test func aSlowAnswerToOneMailDoesNotHoldUpAnother() async throws {
        let slow = ScriptedSMTPServer.Rule("accepted", recipient: "*@lent.example", drop: true, hold: true)
        try await ScriptedSMTPServer.run(rules: [slow]) { server in
            // The others would wait for the end of this wait.
            let patient = try configuration(server) { $0.answer = longestWait }
            try await withMailer(patient, connections: 2) { mailer in
                async let waiting = failure(of: mailer, message(to: "a@lent.example"))
                try await server.event("holding")
                for _ in 0..<5 { _ = try await mailer.send(message()) {} }
                #expect(server.count("closed") == 0)
                try server.setRules([])
                #expect(try await waiting.kind == .unknown)
            }
        }
    }

    @Test func aConnectionClosedWhileIdleCostsNoMail() async throws {
        let closing = ScriptedSMTPServer.Rule("accepted", times: 1, reply: "250 2.0.0 OK", close: true)
        try await ScriptedSMTPServer.run(rules: [closing]) { server in
            try await withMailer(configuration(server)) { mailer in
                _ = try await mailer.send(message()) {}
                try await server.event("closed")
                do {
                    _ = try await mailer.send(message()) {}
                } catch let error as MailError {
                    // Noticed only in use: nothing was delivered, and the next attempt gets a fresh connection.
                    #expect(error.kind == .transient)
                    _ = try await mailer.send(message()) {}
                }
            }
            try await server.event("kept", 2)
            #expect(server.count("connection") == 2)
        }
    }

    @Test func aLateAnswerIsNeverTakenForThatOfAnotherMail() async throws {
        let late = ScriptedSMTPServer.Rule("accepted", times: 1, delay: 1_500)
        let refusing = ScriptedSMTPServer.Rule("rcpt", recipient: "*@inconnu.example", reply: "550 5.1.1 No")
        try await ScriptedSMTPServer.run(rules: [late, refusing]) { server in
            let impatient = try configuration(server) { $0.answer = .milliseconds(300) }
            try await withMailer(impatient) { mailer in
                #expect(try await failure(of: mailer, message()).kind == .unknown)
                let error = try await failure(of: mailer, message(to: "a@inconnu.example"))
                #expect(error.code == 550)
                #expect(try await server.has("connection", exactly: 2))
            }
        }
    }

    @Test(arguments: ["connect", "helo", "mail", "rcpt", "data"])
    func aSilentServerIsGivenUpInTime(_ stage: String) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, hang: true)]) { server in
            let impatient = try configuration(server) {
                $0.connect = .milliseconds(300)
                $0.reply = .milliseconds(300)
            }
            try await withMailer(impatient) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(error.stage != .answer)
            }
        }
    }

    @Test func aServerThatStopsReadingIsGivenUpAndGetsNoEnd() async throws {
        try await ScriptedSMTPServer.run(rules: [.init("body", hang: true)]) { server in
            let impatient = try configuration(server) { $0.data = .milliseconds(300) }
            try await withMailer(impatient) { mailer in
                let error = try await withLargeMessage { try await failure(of: mailer, $0) }
                #expect(error.kind == .transient)
                #expect(error.stage == .body)
            }
        }
    }

    @Test func aSilenceAfterTheEndIsUnknown() async throws {
        try await ScriptedSMTPServer.run(rules: [.init("end", hang: true)]) { server in
            let impatient = try configuration(server) { $0.answer = .milliseconds(300) }
            try await withMailer(impatient) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .unknown)
                #expect(error.stage == .answer)
            }
        }
    }

    @Test func aMailerThatIsClosedRefusesAndEndsItsConnections() async throws {
        try await ScriptedSMTPServer.run { server in
            let mailer = try Mailer(configuration: configuration(server), connections: 2, logger: .init(label: "mail"))
            _ = try await mailer.send(message()) {}
            await mailer.close()
            try await server.event("closed")
            await #expect(throws: CancellationError.self) { try await mailer.send(message()) {} }
        }
    }
}
