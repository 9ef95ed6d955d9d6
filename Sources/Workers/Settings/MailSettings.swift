import Bootstrap
import Foundation
import Mail

/// How mails leave.
struct MailSettings: Sendable {
    let serverURL: String
    let startTLS: SMTPConfiguration.StartTLS
    let user: String?
    let password: String?
    let connections: Int
    let sender: String
    let replyTo: String?

    static let url = Setting<String>.url(
        "smtp.url",
        schemes: ["smtp", "smtps"],
        doc: "Mail server: smtp://host:port, or smtps:// for TLS at once."
    )
    static let startTLSSetting = Setting<SMTPConfiguration.StartTLS>.choice(
        "smtp.startTLS",
        default: .required,
        doc: "TLS on smtp://: required, opportunistic or none."
    )
    static let userSetting = Setting<String?>.optionalString("smtp.user", doc: "Login name, with smtp.password.")
    static let passwordSetting = Setting<String?>.optionalString(
        "smtp.password",
        secret: true,
        doc: "Password of smtp.user."
    )
    static let connectionsSetting = Setting<Int>.int(
        "smtp.connections",
        in: 1...100,
        default: 8,
        doc: "Connections to the mail server at once, in this process."
    )
    static let senderSetting = Setting<String>.string(
        "mail.sender",
        default: "ne-pas-repondre@monstagedetroisieme.test",
        expected: "an address such as ne-pas-repondre@example.org",
        doc: "From of every mail; its domain is also that of Message-IDs."
    )
    static let replyToSetting = Setting<String?>.optionalString("mail.replyTo", doc: "Where answers go.")

    init(_ reader: SettingsReader) {
        serverURL = reader.value(Self.url)
        startTLS = reader.value(Self.startTLSSetting)
        user = reader.value(Self.userSetting)
        password = reader.value(Self.passwordSetting)
        connections = reader.value(Self.connectionsSetting)
        sender = reader.value(Self.senderSetting)
        replyTo = reader.value(Self.replyToSetting)
        reader.require(
            serverURL.isEmpty || (try? SMTPConfiguration(url: serverURL, heloName: "localhost")) != nil,
            of: Self.url,
            "expected smtp://host:port or smtps://host:port, without a path; the login has settings of its own"
        )
        reader.require(
            (user == nil) == (password == nil),
            of: Self.userSetting,
            "expected user and password, or neither"
        )
        reader.require(
            (try? MailAddress(address: sender)) != nil,
            of: Self.senderSetting,
            "expected local@domain, the local part in ASCII"
        )
        reader.require(
            replyTo.map { (try? MailAddress(address: $0)) != nil } ?? true,
            of: Self.replyToSetting,
            "expected local@domain, the local part in ASCII"
        )
    }

    /// TLS from the first byte, instead of STARTTLS.
    var isEncryptedAtOnce: Bool { serverURL.hasPrefix("smtps://") }

    func configuration(_ timeouts: SMTPConfiguration.Timeouts = .init()) throws -> SMTPConfiguration {
        try SMTPConfiguration(
            url: serverURL,
            startTLS: startTLS,
            user: user,
            password: password,
            heloName: ProcessInfo.processInfo.hostName,
            timeouts: timeouts
        )
    }

    func envelope() throws -> MailEnvelope {
        let from = try MailAddress(address: sender, name: MailEnvelope.senderName)
        return MailEnvelope(
            sender: from,
            replyTo: try replyTo.map { try MailAddress(address: $0) },
            domain: String(from.address.split(separator: "@").last ?? "localhost")
        )
    }
}
