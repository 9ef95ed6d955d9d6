import CCurl
import Curl

/// One mail on its way to the server.
final class SMTPTransfer: CurlTransfer, @unchecked Sendable {
    // Its state is touched by the executor's thread alone; `outcome` is read by the awaiting task after `finish`.
    private var conversation: SMTPConversation
    private let sender: String
    private let recipient: String
    private let message: MIMEStream
    private let reachedEnd: @Sendable () -> Void

    private var isCancelled = false
    private var isHeldBack = false
    private var unreadable: (any Error)?
    private(set) var outcome: Result<SMTPReply, any Error> = .failure(CancellationError())

    /// What to answer when libcurl asks for more and there is no more. Set on the executor's thread.
    var endOfMessage = EndOfMessage.undecided

    enum EndOfMessage { case undecided, asked, send, abort }

    private var timeouts: SMTPConfiguration.Timeouts { conversation.configuration.timeouts }

    /// - Parameters:
    ///   - reachedEnd: Called once, when everything but the end of the message was handed to libcurl. The transfer then
    ///     waits for `endOfMessage` and a `resume`.
    ///   - sizeLimit: See ``SMTPConversation``.
    init(
        _ message: MailMessage,
        _ configuration: SMTPConfiguration,
        sizeLimit: Int?,
        reachedEnd: @escaping @Sendable () -> Void
    ) throws {
        self.message = try MIMEStream(message)
        self.reachedEnd = reachedEnd
        conversation = SMTPConversation(configuration, sizeLimit: sizeLimit)
        sender = message.from.address
        recipient = message.to.address
    }

    func prepare(_ handle: CurlHandle) throws {
        try conversation.open(handle)
        try handle.set(CURLOPT_MAIL_FROM, sender, "set the sender")
        try handle.set(CURLOPT_MAIL_RCPT, [recipient], "set the recipient")
        // Never with its size, though libcurl would tell it to the server: it then sends the dot after so many bytes
        // without asking for the end, and so before the hand-over.
        try handle.set(CURLOPT_UPLOAD, 1, "send a message")
    }

    /// What the server announced, for the next mail on this connection. To be read before or after the transfer.
    var sizeLimit: Int? { conversation.sizeLimit }

    /// The refusal that the server has announced for this mail.
    var excess: MailError? {
        conversation.sizeLimit.flatMap { $0 < message.size ? MailError(largerThan: $0) : nil }
    }

    func observe(_ line: UnsafeRawBufferPointer, sent: Bool) { conversation.observe(line, sent: sent) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> CurlRead {
        if isCancelled { return .abort }
        do {
            let count = try message.read(into: buffer)
            if count > 0 {
                conversation.enter(.body, for: timeouts.data)
                return .bytes(count)
            }
        } catch {
            unreadable = error
            return .abort
        }
        switch endOfMessage {
        case .undecided:
            conversation.enter(.handOver, for: timeouts.handOver)
            endOfMessage = .asked
            reachedEnd()
            return .pause
        case .asked:
            return .pause
        case .abort:
            return .abort
        case .send:
            // From this return on libcurl may send the dot, and only the server's answer tells what became of the mail.
            conversation.forgetReply()
            conversation.enter(.answer, for: timeouts.answer)
            return .end
        }
    }

    func mayContinue() -> Bool {
        // libcurl asks between the welcome and MAIL. Giving up costs the connection; to send megabytes that are sure to be
        // refused costs more, and the next mail of this size is not even begun.
        if conversation.isWelcomed, excess != nil { isHeldBack = true }
        // After the dot a cancelled task still waits: the result must be known.
        return !isHeldBack && !conversation.isLate() && !(isCancelled && conversation.stage != .answer)
    }

    func cancel() { isCancelled = true }

    func finish(_ handle: CurlHandle, result: CURLcode) {
        let (stage, reply) = (conversation.stage, conversation.reply)
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
        } else if isHeldBack, let excess {
            outcome = .failure(excess)
        } else {
            outcome = .failure(conversation.failure(result))
        }
    }
}
