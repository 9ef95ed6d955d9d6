import CCurl
import Curl

/// One mail on its way to the server.
///
/// The conversation in libcurl's log of commands tells the stage; each step of it sets the time limit for the next.
final class SMTPTransfer: CurlTransfer, @unchecked Sendable {
    // Its state is touched by the executor's thread alone; `outcome` is read by the awaiting task after `finish`.
    private let configuration: SMTPConfiguration
    private let sender: String
    private let recipient: String
    private let message: MIMEStream
    private let reachedEnd: @Sendable () -> Void

    private var stage = SMTPStage.connect
    private var deadline: ContinuousClock.Instant
    private var reply: SMTPReply?
    private var isQuitting = false
    private var isCancelled = false
    private var hasTimedOut = false
    private var unreadable: (any Error)?
    private(set) var outcome: Result<SMTPReply, any Error> = .failure(CancellationError())

    /// What to answer when libcurl asks for more and there is no more. Set on the executor's thread.
    var endOfMessage = EndOfMessage.undecided

    enum EndOfMessage { case undecided, asked, send, abort }

    /// - Parameter reachedEnd: Called once, when everything but the end of the message was handed to libcurl. The
    ///   transfer then waits for `endOfMessage` and a `resume`.
    init(_ message: MailMessage, _ configuration: SMTPConfiguration, reachedEnd: @escaping @Sendable () -> Void) throws
    {
        self.message = try MIMEStream(message)
        self.configuration = configuration
        self.reachedEnd = reachedEnd
        sender = message.from.address
        recipient = message.to.address
        deadline = .now + configuration.timeouts.connect
    }

    func prepare(_ handle: CurlHandle) throws {
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
        try handle.set(CURLOPT_MAIL_FROM, sender, "set the sender")
        try handle.set(CURLOPT_MAIL_RCPT, [recipient], "set the recipient")
        try handle.set(CURLOPT_UPLOAD, 1, "send a message")
        // The dialogue callback is part of libcurl's verbose mode.
        try handle.set(CURLOPT_VERBOSE, 1, "follow the dialogue")
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, configuration.timeouts.connect.milliseconds, "limit connecting")
        // The limits are kept here, per stage; libcurl's own, two minutes by default, must not fire before them.
        let longest = max(configuration.timeouts.answer, configuration.timeouts.reply).components.seconds + 60
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(longest), "lift libcurl's limit for replies")
    }

    func observe(_ line: UnsafeRawBufferPointer, sent: Bool) {
        if isQuitting { return }
        guard sent else {
            // Replies to the parts of a login have no command of their own; the limit is for each.
            if let reply = SMTPReply(line: line) { self.reply = reply }
            return
        }
        let command = String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)
        // libcurl takes leave within the same transfer; the reply to that is none to the mail.
        isQuitting = command == "QUIT"
        if isQuitting { return }
        reply = nil
        enter(stage(of: command), for: configuration.timeouts.reply)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlRead {
        if isCancelled { return .abort }
        do {
            let count = try message.read(into: buffer)
            if count > 0 {
                enter(.body, for: configuration.timeouts.data)
                return .bytes(count)
            }
        } catch {
            unreadable = error
            return .abort
        }
        switch endOfMessage {
        case .undecided:
            enter(.handOver, for: configuration.timeouts.handOver)
            endOfMessage = .asked
            reachedEnd()
            return .pause
        case .asked:
            return .pause
        case .abort:
            return .abort
        case .send:
            // From this return on libcurl may send the dot, and only the server's answer tells what became of the mail.
            reply = nil
            enter(.answer, for: configuration.timeouts.answer)
            return .end
        }
    }

    func mayContinue() -> Bool {
        if ContinuousClock.now >= deadline { hasTimedOut = true }
        // After the dot a cancelled task still waits: the result must be known.
        return !hasTimedOut && !(isCancelled && stage != .answer)
    }

    func cancel() { isCancelled = true }

    func finish(_ handle: CurlHandle, result: CURLcode) {
        if stage == .answer, let reply, (200...299).contains(reply.code) {
            outcome = .success(reply)
            return
        }
        // A connection whose answer is still to come must not serve another mail.
        if result != CURLE_OK, (reply?.code ?? 0) < 400 { handle.breakConnection() }
        if let unreadable {
            outcome = .failure(unreadable)
        } else if isCancelled, stage != .answer {
            outcome = .failure(CancellationError())
        } else {
            let reason = hasTimedOut ? "no progress within the time limit" : CurlError.text(result)
            outcome = .failure(MailError(stage: stage, reply: reply, reason: reason))
        }
    }

    private var useTLS: Int {
        switch configuration.startTLS {
        case .required: Int(CURLUSESSL_ALL.rawValue)
        case .opportunistic: Int(CURLUSESSL_TRY.rawValue)
        case .none: Int(CURLUSESSL_NONE.rawValue)
        }
    }

    private func enter(_ stage: SMTPStage, for limit: Duration) {
        self.stage = stage
        deadline = .now + limit
    }

    /// The stage a command opens. What is no command is a part of the login.
    private func stage(of command: String) -> SMTPStage {
        switch command {
        case "EHLO", "HELO": .hello
        case "STARTTLS": .startTLS
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
