import CCurl
import Curl

/// What every conversation with the server has, whatever it is about: how the session is opened, how far it has come,
/// and what the next step may take.
///
/// libcurl's log of commands tells the stage; each step sets the time limit for the next.
struct SMTPConversation {
    let configuration: SMTPConfiguration
    private(set) var stage = SMTPStage.connect
    /// The last reply since the last command.
    private(set) var reply: SMTPReply?
    /// The most bytes of a message, as the server announced it (RFC 1870); nil: it has no limit, or tells none.
    private(set) var sizeLimit: Int?
    private(set) var hasTriedToLogIn = false
    private var hasTimedOut = false
    private var isQuitting = false
    private var deadline: ContinuousClock.Instant

    /// - Parameter sizeLimit: what the server announced on the connection that may be used again.
    init(_ configuration: SMTPConfiguration, sizeLimit: Int? = nil) {
        self.configuration = configuration
        self.sizeLimit = sizeLimit
        deadline = .now + configuration.timeouts.connect
    }

    /// Sets the options of the session; the time for connecting begins.
    mutating func open(_ handle: CurlHandle) throws(CurlError) {
        deadline = .now + configuration.timeouts.connect
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps", "allow SMTP only")
        try handle.set(CURLOPT_URL, "\(configuration.url)/\(configuration.heloName)", "set the mail server")
        try handle.set(CURLOPT_USE_SSL, useTLS, "choose STARTTLS")
        let verifies = configuration.startTLS == .opportunistic && configuration.url.hasPrefix("smtp://") ? 0 : 1
        try handle.set(CURLOPT_SSL_VERIFYPEER, verifies, "verify the certificate")
        try handle.set(CURLOPT_SSL_VERIFYHOST, verifies * 2, "verify the host name")
        if let file = configuration.certificateAuthorities { try handle.set(CURLOPT_CAINFO, file, "set authorities") }
        if let user = configuration.user, let password = configuration.password {
            try handle.set(CURLOPT_USERNAME, user, "set the user")
            try handle.set(CURLOPT_PASSWORD, password, "set the password")
        }
        // The dialogue callback is part of libcurl's verbose mode.
        try handle.set(CURLOPT_VERBOSE, 1, "follow the dialogue")
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, configuration.timeouts.connect.milliseconds, "limit connecting")
        // The limits are kept here, per stage; libcurl's own, two minutes by default, must not fire before them.
        let longest = max(configuration.timeouts.answer, configuration.timeouts.reply).components.seconds + 60
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(longest), "lift libcurl's limit for replies")
    }

    mutating func observe(_ line: UnsafeRawBufferPointer, sent: Bool) {
        if isQuitting { return }
        guard sent else {
            if stage == .hello, let limit = SMTPReply.sizeLimit(line: line) { sizeLimit = limit }
            // Replies to the parts of a login have no command of their own; the limit is for each.
            if let reply = SMTPReply(line: line) { self.reply = reply }
            return
        }
        let command = String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)
        // libcurl takes leave within the same transfer; the reply to that answers nothing.
        isQuitting = command == "QUIT"
        if isQuitting { return }
        if command == "AUTH" { hasTriedToLogIn = true }
        forgetReply()
        enter(stage(of: command), for: configuration.timeouts.reply)
        // What was announced before, on another connection or before TLS, holds no more (RFC 3207, 4.2).
        if stage == .hello { sizeLimit = nil }
    }

    /// Whether the server has welcomed us and the next word may be about a mail. With a login or TLS still to come, its
    /// command follows the welcome at once.
    var isWelcomed: Bool {
        (stage == .hello || stage == .login) && reply.map { (200...299).contains($0.code) } == true
    }

    /// What comes next answers what is done next.
    mutating func forgetReply() { reply = nil }

    mutating func enter(_ stage: SMTPStage, for limit: Duration) {
        self.stage = stage
        deadline = .now + limit
    }

    /// Whether the step under way has taken too long; remembered for ``failure(_:)``.
    mutating func isLate() -> Bool {
        if ContinuousClock.now >= deadline { hasTimedOut = true }
        return hasTimedOut
    }

    /// Why the conversation ended.
    func failure(_ result: CURLcode) -> MailError {
        // libcurl has a limit of its own for connecting, which may be noticed first.
        let isLate = hasTimedOut || result == CURLE_OPERATION_TIMEDOUT
        return MailError(
            stage: stage,
            reply: reply,
            reason: isLate ? "no progress within the time limit" : words(result)
        )
    }

    /// Where libcurl's sentence tells an operator too little, one of ours.
    private func words(_ result: CURLcode) -> String {
        switch result {
        case CURLE_USE_SSL_FAILED: "STARTTLS is required, and the server does not offer it"
        case CURLE_PEER_FAILED_VERIFICATION: "the server's certificate is not trusted, or names another host"
        default: CurlError.text(result)
        }
    }

    private var useTLS: Int {
        switch configuration.startTLS {
        case .required: Int(CURLUSESSL_ALL.rawValue)
        case .opportunistic: Int(CURLUSESSL_TRY.rawValue)
        case .none: Int(CURLUSESSL_NONE.rawValue)
        }
    }

    /// The stage a command opens. What is no command is a part of the login.
    private func stage(of command: String) -> SMTPStage {
        switch command {
        case "EHLO", "HELO": .hello
        case "STARTTLS": .startTLS
        case "NOOP": .noop
        case "MAIL": .sender
        case "RCPT": .recipient
        case "DATA": .data
        default: .login
        }
    }
}

extension Duration {
    var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
