/// Why a mail was not, or perhaps not, delivered. Carries nothing that a server wrote but its codes.
package struct MailError: Error, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The server refused this mail for good; another attempt gets the same answer.
        case permanent
        /// Nothing was delivered, and another attempt may succeed.
        case transient
        /// The end of the message was sent and no answer came: delivered or not, nobody here can tell.
        case unknown
    }

    package let kind: Kind
    /// The server's code, where it refused.
    package let code: Int?
    /// Its status of RFC 3463.
    package let enhanced: String?
    package let stage: SMTPStage
    /// Whether it is the size of the message that the server does not take: a smaller one may pass.
    package let isAboutSize: Bool
    /// What happened, in fixed words of this program or of libcurl.
    package let reason: String

    package var description: String {
        let codes = [code.map(String.init), enhanced].compactMap { $0 }
        let reply = codes.isEmpty ? "" : " (\(codes.joined(separator: " ")))"
        return "mail \(kind.rawValue) failure at \(stage.rawValue): \(reason)\(reply)"
    }

    /// Sorts a failure.
    /// - Parameter reply: The server's last reply since the last command, if any.
    init(stage: SMTPStage, reply: SMTPReply?, reason: String) {
        let refusal = reply.flatMap { $0.code >= 400 ? $0 : nil }
        self.stage = stage
        code = refusal?.code
        enhanced = refusal?.enhanced
        self.reason = refusal == nil ? reason : "refused by the server"
        kind =
            switch refusal?.code {
            case .some(let code) where code >= 500 && !stage.concernsSession && !Self.loginCodes.contains(code):
                .permanent
            case .some: .transient
            case nil: stage == .answer ? .unknown : .transient
            }
        isAboutSize = kind == .permanent && refusal.map { Self.refusesSize($0, at: stage) } == true
    }

    /// A message that is larger than the server said it takes, and was not sent for it.
    /// - Parameter limit: in bytes.
    init(largerThan limit: Int) {
        kind = .permanent
        code = nil
        enhanced = nil
        stage = .hello
        isAboutSize = true
        reason = "the message is larger than the \(limit) bytes that the server announces to take"
    }

    /// RFC 3463: 5.3.4 is a message too big for the system, 5.2.3 one too long for the recipient. A bare 552 is about the
    /// message only once the server has seen it (RFC 5321, 4.5.3.1.9), for its size is not told before: until then, and
    /// with 5.2.2, a mailbox is full.
    private static func refusesSize(_ refusal: SMTPReply, at stage: SMTPStage) -> Bool {
        switch refusal.enhanced {
        case "5.3.4", "5.2.3": true
        case nil, "5.0.0": refusal.code == 552 && stage == .answer
        default: false
        }
    }

    /// RFC 4954: the login is missing, wrong or too weak, whatever command was refused for it. The operator's matter, and
    /// the mail has to wait for it.
    private static let loginCodes: Set<Int> = [530, 534, 535, 538]
}
