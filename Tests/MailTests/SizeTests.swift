import Foundation
import Mail
import TestSupport
import Testing

/// What a server says about the size of a message, before it and after it.
@Suite struct SizeTests {
    // MARK: - Refused

    @Test(arguments: [
        ("mail", "552 5.3.4 Message size exceeds fixed limit", true),
        ("rcpt", "552 5.2.3 Message too long for the recipient", true),
        ("data", "552 5.3.4 Message too big", true),
        ("end", "552 5.3.4 Message size exceeds fixed limit", true),
        ("end", "550 5.2.3 RESOLVER.RST.RecipSizeLimit", true),
        ("end", "552 Error: Too much mail data", true),
        ("end", "552 5.0.0 Message too large", true),
        // A mailbox that is full, whatever the size.
        ("rcpt", "552 5.2.2 Mailbox full", false),
        ("end", "552 5.2.2 Mailbox full", false),
        ("rcpt", "552 Exceeded storage allocation", false),
        // Nobody has told it the size yet.
        ("mail", "552 Exceeded storage allocation", false),
        ("end", "552 5.7.0 Blocked for its content", false),
        ("end", "554 5.7.1 No 5.3.4", false),
        ("end", "554 Message too big", false),
        ("end", "452 4.3.4 Too big for now", false),
        ("end", "452 4.3.1 Disk full", false),
        // About us, not about the mail.
        ("connect", "554 5.3.4 No service", false),
    ])
    func theRefusalsThatAreAboutTheSize(_ stage: String, _ reply: String, _ isAboutSize: Bool) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, times: 1, reply: reply)]) { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.isAboutSize == isAboutSize)
                #expect(error.code == Int(reply.prefix(3)))
                _ = try await mailer.send(message()) {}
            }
        }
    }

    // MARK: - Announced

    private func withMessage(attaching bytes: Int, _ body: (MailMessage) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).bin")
        try Data(repeating: 7, count: bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var mail = try message()
        mail.attachment = try Attachment(file: file, filename: "export.bin", contentType: "application/octet-stream")
        try await body(mail)
    }

    /// Lines of the attachment that are whole, and one that is not.
    @Test(arguments: [0, 1, 56, 57, 58, 59, 57 * 512, 57 * 512 + 1])
    func aMessageAsLargeAsAnnouncedIsSentAndALargerOneIsNot(_ attached: Int) async throws {
        try await withMessage(attaching: attached) { mail in
            let size = try mail.bytes().count
            try await ScriptedSMTPServer.run(size: "\(size)") { server in
                try await withMailer(configuration(server)) { _ = try await $0.send(mail) {} }
                try server.setRules([], size: "\(size - 1)")
                try await withMailer(configuration(server)) { mailer in
                    let error = try await failure(of: mailer, mail) { Issue.record("nothing is handed over") }
                    #expect(error.kind == .permanent)
                    #expect(error.isAboutSize)
                    #expect(error.code == nil)
                    #expect(error.reason.contains("\(size - 1) bytes"))
                    // The server has seen all that came by then.
                    _ = try await mailer.send(message()) {}
                }
                #expect(try await server.has("mail", exactly: 2))
            }
        }
    }

    /// The last is more than a number holds.
    @Test(arguments: ["0", "", "many", "-1", "99999999999999999999"])
    func whatIsNoLimitHoldsNothingBack(_ size: String) async throws {
        try await withMessage(attaching: 100_000) { mail in
            try await ScriptedSMTPServer.run(size: size) { server in
                try await withMailer(configuration(server)) { _ = try await $0.send(mail) {} }
            }
        }
    }

    @Test func aKeptConnectionKeepsItsLimitAndANewOneHasItsOwn() async throws {
        try await withMessage(attaching: 10_000) { mail in
            try await ScriptedSMTPServer.run(size: "5000") { server in
                try await withMailer(configuration(server)) { mailer in
                    _ = try await mailer.send(message()) {}
                    for _ in 0..<3 { #expect(try await failure(of: mailer, mail).isAboutSize) }
                    _ = try await mailer.send(message()) {}
                    // Three times refused, and the one connection is as good as before.
                    #expect(try await server.has("mail", exactly: 2))
                    #expect(server.count("connection") == 1)
                    // The connection of a refused mail is not kept.
                    try server.setRules([.init("rcpt", times: 1, reply: "450 4.2.1 Later")], size: "0")
                    _ = try await failure(of: mailer, message())
                    _ = try await mailer.send(message()) {}
                    _ = try await mailer.send(mail) {}
                    #expect(try await server.has("connection", exactly: 2))
                }
            }
        }
    }

    @Test func aLimitHoldsBehindEncryptionAndLoginToo() async throws {
        try await withMessage(attaching: 10_000) { mail in
            try await ScriptedSMTPServer.run(size: "5000", tls: .starttls, auth: "relais:secret") { server in
                let login = try configuration(server, startTLS: .required, credentials: ("relais", "secret"))
                try await withMailer(login) { mailer in
                    #expect(try await failure(of: mailer, mail).isAboutSize)
                    _ = try await mailer.send(message()) {}
                }
                #expect(try await server.has("mail", exactly: 1))
                // What was said before them is not what holds.
                #expect(server.count("auth") == 2)
            }
        }
    }
}
