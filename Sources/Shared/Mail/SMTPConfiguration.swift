/// Where mails go and how. Validated when it is made.
package struct SMTPConfiguration: Sendable {
    /// TLS on a connection that began without it. Ignored for `smtps://`, which is encrypted from the first byte.
    package enum StartTLS: String, Sendable, CaseIterable {
        /// Nothing is sent to a server that does not offer it or whose certificate is not valid.
        case required
        /// Used where offered. The certificate is not verified: whoever could forge it could as well remove the offer.
        case opportunistic
        case none
    }

    /// Each is the longest silence at its stage.
    package struct Timeouts: Sendable {
        /// Name, connection, TLS and login together.
        package var connect: Duration = .seconds(30)
        /// The reply to a command. RFC 5321 would wait minutes; a server this slow is tried again later instead.
        package var reply: Duration = .seconds(60)
        /// Between two pieces of the message that the server takes (RFC 5321, 4.5.3.2.5).
        package var data: Duration = .seconds(180)
        /// What the caller does just before the end of the message. The server waits meanwhile.
        package var handOver: Duration = .seconds(60)
        /// The answer to the end of the message (RFC 5321, 4.5.3.2.6): giving up earlier makes mails whose fate is unknown.
        package var answer: Duration = .seconds(600)

        package init() {}
    }

    package let url: String
    package let startTLS: StartTLS
    package let user: String?
    package let password: String?
    /// File with the certificates to trust instead of the system's; nil: the system's.
    package let certificateAuthorities: String?
    /// The name said in EHLO.
    package let heloName: String
    package let timeouts: Timeouts

    /// - Parameter url: `smtp://host:port` or `smtps://host:port`; without a port 587 and 465.
    /// - Throws: `MailFieldError` naming the field and what was expected.
    package init(
        url: String,
        startTLS: StartTLS = .required,
        user: String? = nil,
        password: String? = nil,
        certificateAuthorities: String? = nil,
        heloName: String,
        timeouts: Timeouts = Timeouts()
    ) throws(MailFieldError) {
        self.url = try Self.normalised(url)
        self.startTLS = startTLS
        guard (user == nil) == (password == nil) else {
            throw MailFieldError(field: "mail user and password", expected: "both or none")
        }
        self.user = user
        self.password = password
        self.certificateAuthorities = certificateAuthorities
        guard !heloName.isEmpty, heloName.utf8.allSatisfy({ MailAddress.isAtomByte($0) || $0 == 0x2E }) else {
            throw MailFieldError(
                field: "mail client name",
                expected: "the host name of this machine, such as relais.test"
            )
        }
        self.heloName = heloName
        self.timeouts = timeouts
    }

    private static func normalised(_ url: String) throws(MailFieldError) -> String {
        let wrong = MailFieldError(field: "mail server", expected: "smtp://host:port or smtps://host:port and no path")
        let parts = url.split(separator: "://", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["smtp", "smtps"].contains(parts[0]) else { throw wrong }
        var host = parts[1]
        if host.hasSuffix("/") { host.removeLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"/@?#\\".utf8.contains($0) }) else {
            throw wrong
        }
        // After a bracket, for an IPv6 address is full of colons.
        let hasPort = host.drop { $0 != "]" }.dropFirst().contains(":") || (!host.contains("]") && host.contains(":"))
        return "\(parts[0])://\(host)\(hasPort ? "" : parts[0] == "smtps" ? ":465" : ":587")"
    }
}
