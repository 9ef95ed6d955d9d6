/// How far the conversation with the server had come.
package enum SMTPStage: String, Sendable, CaseIterable {
    /// Name, connection and greeting.
    case connect
    case hello
    case startTLS = "start-tls"
    case login
    /// A sign of life, asked for by a probe.
    case noop
    /// MAIL FROM, RCPT TO and DATA.
    case sender, recipient, data
    /// The message itself.
    case body
    /// The whole message was sent, its end not yet.
    case handOver = "hand-over"
    /// The end was sent; the server answers for the message from here on.
    case answer

    /// Before the first word about this mail: what fails here says something about the server or our login.
    var concernsSession: Bool {
        switch self {
        case .connect, .hello, .startTLS, .login, .noop: true
        case .sender, .recipient, .data, .body, .handOver, .answer: false
        }
    }
}
