import Foundation
import Logging
import Mail
import TestSupport

/// The configuration that reaches a test's own server, without TLS unless asked.
func configuration(
    _ server: ScriptedSMTPServer,
    scheme: String = "smtp",
    startTLS: SMTPConfiguration.StartTLS = .none,
    credentials: (user: String, password: String)? = nil,
    trusts: Bool = true,
    _ adjust: (inout SMTPConfiguration.Timeouts) -> Void = { _ in }
) throws -> SMTPConfiguration {
    var timeouts = SMTPConfiguration.Timeouts()
    adjust(&timeouts)
    return try SMTPConfiguration(
        url: "\(scheme)://127.0.0.1:\(server.port)",
        startTLS: startTLS,
        user: credentials?.user,
        password: credentials?.password,
        certificateAuthorities: trusts && startTLS != .none || scheme == "smtps" ? server.certificate : nil,
        heloName: "relais.test",
        timeouts: timeouts
    )
}

/// Leads to a port where nobody listens: one that was free a moment ago may be another test's by now.
func unreachable() throws -> SMTPConfiguration {
    try SMTPConfiguration(url: "smtp://127.0.0.1:1", startTLS: .none, heloName: "relais.test")
}

/// Runs the body with a mailer, which is closed afterwards.
@discardableResult
func withMailer<R: Sendable>(
    _ configuration: SMTPConfiguration,
    connections: Int = 1,
    _ body: (Mailer) async throws -> R
) async throws -> R {
    let mailer = Mailer(configuration: configuration, connections: connections, logger: Logger(label: "mail"))
    do {
        let result = try await body(mailer)
        await mailer.close()
        return result
    } catch {
        await mailer.close()
        throw error
    }
}

/// A short mail; each test changes what it is about.
func message(to address: String = "camille@lycee.example", id: String = UUID().uuidString) throws -> MailMessage {
    MailMessage(
        from: try MailAddress(address: "ne-pas-repondre@relais.test", name: "Mon stage de 3e"),
        to: try MailAddress(address: address),
        subject: try HeaderText("Plus qu'une étape pour activer votre compte"),
        date: Date(timeIntervalSince1970: 1_790_000_000),
        messageID: try MessageID(local: id, domain: "relais.test"),
        text: "Bonjour,\n\nVotre compte est prêt.\n",
        html: "<!doctype html><html lang=\"fr\"><body><p>Votre compte est prêt.</p></body></html>\n"
    )
}

/// Runs the body with a mail too long for all the buffers on the way, so that a server that reads no more is noticed.
@discardableResult
func withLargeMessage<R: Sendable>(_ body: (MailMessage) async throws -> R) async throws -> R {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).bin")
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
    defer { try? FileManager.default.removeItem(at: file) }
    let handle = try FileHandle(forWritingTo: file)
    try handle.truncate(atOffset: 24 << 20)
    try handle.close()
    var mail = try message()
    mail.attachment = try Attachment(file: file, filename: "grand.bin", contentType: "application/octet-stream")
    return try await body(mail)
}

/// Sends and expects a failure, which it returns.
func failure(
    of mailer: Mailer,
    _ message: MailMessage,
    beforeFinalDot: @escaping @Sendable () async throws -> Void = {}
) async throws -> MailError {
    do {
        let reply = try await mailer.send(message, beforeFinalDot: beforeFinalDot)
        throw UnexpectedAcceptance(code: reply.code)
    } catch let error as MailError {
        return error
    }
}

struct UnexpectedAcceptance: Error { let code: Int }
