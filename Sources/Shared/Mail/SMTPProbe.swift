import CCurl
import Curl

/// A session that is opened as for a mail, shows that it lives, and sends none.
final class SMTPProbe: CurlTransfer, @unchecked Sendable {
    // Its state is touched by the executor's thread alone; `outcome` is read by the awaiting task after `finish`.
    private var conversation: SMTPConversation
    private var isCancelled = false
    private(set) var outcome: Result<Void, any Error> = .failure(CancellationError())

    init(_ configuration: SMTPConfiguration) {
        conversation = SMTPConversation(configuration)
    }

    func prepare(_ handle: CurlHandle) throws {
        try conversation.open(handle)
        // Without a command of ours libcurl would ask for HELP, which many servers refuse.
        try handle.set(CURLOPT_CUSTOMREQUEST, "NOOP", "ask for a sign of life")
    }

    func observe(_ line: UnsafeRawBufferPointer, sent: Bool) { conversation.observe(line, sent: sent) }

    func mayContinue() -> Bool { !conversation.isLate() && !isCancelled }

    func cancel() { isCancelled = true }

    func finish(_ handle: CurlHandle, result: CURLcode) {
        if isCancelled {
            outcome = .failure(CancellationError())
        } else if result != CURLE_OK {
            outcome = .failure(conversation.failure(result))
        } else if conversation.configuration.user != nil, !conversation.hasTriedToLogIn {
            // libcurl goes on without the login then, and each mail would be refused as that of a stranger.
            let reason = "the server offers no login that this client knows, and one is configured"
            outcome = .failure(MailError(stage: .login, reply: nil, reason: reason))
        } else {
            outcome = .success(())
        }
    }
}
