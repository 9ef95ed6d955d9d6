import Foundation
import Logging
import Mail
import TestSupport
import Testing

/// Mails as they arrive, read by a parser that is not ours.
@Suite struct MessageTests {
    private func received(_ message: MailMessage) async throws -> ReceivedMail {
        try await ScriptedSMTPServer.run { server in
            try await withMailer(configuration(server)) { mailer in
                _ = try await mailer.send(message) {}
                return try await ReceivedMail.parse(server.mail())
            }
        }
    }

    @Test func aMailWithAnAttachmentArrivesAsItWasWritten() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).bin")
        // Longer than one read and one buffer of libcurl, and no multiple of a base64 line.
        let content = Data((0..<300_007).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) })
        try content.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var mail = try message(to: "chef@etablissement.example", id: "0190-job")
        mail.to = try MailAddress(address: "chef@etablissement.example", name: "Hélène \"Léna\" d'Été, principale")
        mail.replyTo = try MailAddress(address: "support@relais.test", name: "Support, national")
        mail.attachment = try Attachment(
            file: file,
            filename: "établissements-75.xlsx",
            contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )

        let result = try await received(mail)

        #expect(result.defects == [])
        #expect(
            result.structure == [
                "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ]
        )
        #expect(result.parts[0].content == mail.text)
        #expect(result.parts[1].content == mail.html)
        #expect(result.parts[2].filename == "établissements-75.xlsx")
        #expect(result.parts[2].base64.flatMap { Data(base64Encoded: $0) } == content)
        #expect(result.headers["subject"] == mail.subject.text)
        #expect(result.recipientName == "Hélène \"Léna\" d'Été, principale")
        #expect(result.recipientAddress == "chef@etablissement.example")
        #expect(result.headers["reply-to"] == "\"Support, national\" <support@relais.test>")
        #expect(result.headers["message-id"] == "<0190-job@relais.test>")
        #expect(result.headers["auto-submitted"] == "auto-generated")
        #expect(result.headers["mime-version"] == "1.0")
        #expect(result.headers["date"] == "Mon, 21 Sep 2026 14:13:20 +0000")
        #expect(result.longestLine <= 76)
        #expect(!result.hasBareLineEnds)
        #expect(result.isASCII)
    }

    @Test func aLongSubjectIsFoldedAndReadsTheSame() async throws {
        var mail = try message()
        mail.subject = try HeaderText(String(repeating: "Où en êtes-vous 👩🏽‍🏫 — œuvrez ! ", count: 12) + "=?fin?=")
        let result = try await received(mail)
        #expect(result.headers["subject"] == mail.subject.text)
        #expect(result.longestLine <= 76)
        #expect(result.defects == [])
    }

    @Test(arguments: [
        "Offres de stage", "Deux  espaces", "=?UTF-8?Q?piege?=", String(repeating: "mot ", count: 60) + "fin",
    ])
    func aPlainSubjectReadsTheSame(_ subject: String) async throws {
        var mail = try message()
        mail.subject = try HeaderText(subject)
        let result = try await received(mail)
        #expect(result.headers["subject"] == subject)
        #expect(result.longestLine <= 76)
    }

    @Test func linesThatBeginWithADotArriveWhole() async throws {
        var mail = try message()
        // The padding moves the dots over every position of libcurl's buffers, where a missed escape would hide.
        mail.text = (0..<1500).map { ".\n..\n" + String(repeating: "x", count: $0 % 71) + "\n" }.joined() + ".\nfin.\n"
        mail.html = ".<p>fin</p>\n.\n"
        let result = try await received(mail)
        #expect(result.parts[0].content == mail.text)
        #expect(result.parts[1].content == mail.html)
    }

    @Test func anyLineEndsAndBlanksArriveAsLines() async throws {
        var mail = try message()
        mail.text =
            "un\r\ndeux\rtrois \n\tquatre\t\n\n= égal \u{0}\u{7}\n" + String(repeating: "é ", count: 200) + "sans fin"
        let result = try await received(mail)
        let expected = mail.text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        #expect(result.parts[0].content == expected)
        #expect(result.longestLine <= 76)
    }

    @Test(arguments: [
        "Élèves de l'académie de Besançon — année scolaire 2025-2026 — départements, établissements et places.csv",
        "offres \"réservées\" 100 %.xlsx", "stages.csv",
    ])
    func aFilenameArrivesWhole(_ filename: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var mail = try message()
        mail.attachment = try Attachment(file: file, filename: filename, contentType: "application/octet-stream")
        let result = try await received(mail)
        #expect(result.parts[2].filename == filename)
        #expect(result.parts[2].base64 == "")
        #expect(result.longestLine <= 76)
    }

    @Test func aMissingAttachmentFailsBeforeTheServerIsCalled() async throws {
        try await ScriptedSMTPServer.run { server in
            var mail = try message()
            let missing = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            mail.attachment = try Attachment(file: missing, filename: "a.csv", contentType: "text/csv")
            let message = mail
            try await withMailer(configuration(server)) { mailer in
                await #expect(throws: (any Error).self) { try await mailer.send(message) {} }
            }
            #expect(server.count("connection") == 0)
        }
    }
}
