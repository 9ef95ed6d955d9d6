import Logging
import Mail

/// Tries the mail server for `workers check`: as far as a mail would come before its first own word.
struct MailCheck {
    private let settings: MailSettings

    /// An operator waits in front of it. A server this slow serves mails all the same, which wait longer.
    private static let limit: Duration = .seconds(10)

    init(_ settings: MailSettings) {
        self.settings = settings
    }

    /// - Returns: the verdict in words.
    /// - Throws: ``Failure``, which says what to look at.
    func run(_ logger: Logger) async throws -> String {
        var timeouts = SMTPConfiguration.Timeouts()
        timeouts.connect = Self.limit
        timeouts.reply = Self.limit
        let mailer = Mailer(configuration: try settings.configuration(timeouts), connections: 1, logger: logger)
        let result: Result<Void, any Error>
        do {
            result = .success(try await mailer.probe())
        } catch let error as MailError {
            result = .failure(Failure(error: error, advice: advice(error.stage)))
        } catch {
            result = .failure(error)
        }
        // Also ends the session politely, with QUIT.
        await mailer.close()
        try result.get()
        return "reached \(encryption)\(settings.user == nil ? "" : ", logged in"); no mail was sent"
    }

    private var encryption: String {
        switch (settings.isEncryptedAtOnce, settings.startTLS) {
        case (true, _), (false, .required): "over TLS"
        case (false, .opportunistic): "over TLS if it is offered"
        case (false, .none): "without TLS"
        }
    }

    private func advice(_ stage: SMTPStage) -> String {
        let certificate = "the certificate must come from an authority that this machine trusts and name the URL's host"
        switch stage {
        case .connect where settings.isEncryptedAtOnce:
            return "check RELAIS_SMTP_URL, and that this port speaks TLS from the first byte; \(certificate)"
        case .connect:
            return "check RELAIS_SMTP_URL, and that the server runs and lets this machine in"
        case .hello where settings.startTLS == .required:
            return "use another port or smtps://, or set RELAIS_SMTP_START_TLS to none where nobody can listen"
        case .startTLS:
            return certificate
        case .login:
            return "check RELAIS_SMTP_USER and RELAIS_SMTP_PASSWORD, and which logins the server takes without TLS"
        case .hello, .noop, .sender, .recipient, .data, .body, .handOver, .answer:
            return "the log of the mail server says why"
        }
    }

    /// What the server or the way to it did not stand, and what to do.
    struct Failure: Error, CustomStringConvertible {
        let error: MailError
        let advice: String

        var description: String { "\(error); \(advice)" }
    }
}
