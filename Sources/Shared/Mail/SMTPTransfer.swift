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
    private var unreadable: (any Error)?
    private(set) var outcome: Result<SMTPReply, any Error> = .failure(CancellationError())

    /// What to answer when libcurl asks for more and there is no more. Set on the executor's thread.
    var endOfMessage = EndOfMessage.undecided

    enum EndOfMessage { case undecided, asked, send, abort }

    private var timeouts: SMTPConfiguration.Timeouts { conversation.configuration.timeouts }

    /// - Parameter reachedEnd: Called once, when everything but the end of the message was handed to libcurl. The
    ///   transfer then waits for `endOfMessage` and a `resume`.
    init(_ message: MailMessage, _ configuration: SMTPConfiguration, reachedEnd: @escaping @Sendable () -> Void) throws
    {
        self.message = try MIMEStream(message)
        self.reachedEnd = reachedEnd
        conversation = SMTPConversation(configuration)
        sender = message.from.address
        recipient = message.to.address
    }

    func prepare(_ handle: CurlHandle) throws {
        try conversation.open(handle)
        try handle.set(CURLOPT_MAIL_FROM, sender, "set the sender")
        try handle.set(CURLOPT_MAIL_RCPT, [recipient], "set the recipient")
        try handle.set(CURLOPT_UPLOAD, 1, "send a message")
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
        // After the dot a cancelled task still waits: the result must be known.
        !conversation.isLate() && !(isCancelled && conversation.stage != .answer)
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
        } else {
            outcome = .failure(conversation.failure(result))
        }
    }
}
