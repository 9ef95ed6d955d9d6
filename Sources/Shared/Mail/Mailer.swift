import Curl
package import Logging

/// Sends mails to one server over a bounded number of kept connections.
package final class Mailer: Sendable {
    private let configuration: SMTPConfiguration
    private let lanes: ConnectionLanes
    private let logger: Logger

    /// - Parameter connections: The most connections open at once. Each costs a thread while in use; more mails than that
    ///   wait for their turn.
    package init(configuration: SMTPConfiguration, connections: Int, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        lanes = ConnectionLanes(limit: connections)
    }

    /// Sends the mail and returns the server's acceptance.
    ///
    /// Cancelling the task breaks the mail off as long as its end has not been sent; after that the answer is awaited.
    ///
    /// - Parameter beforeFinalDot: Runs once the whole message was handed over and before its end is sent; the server can
    ///   not deliver the message before. When it throws, the connection is cut, nothing is delivered, and its error is
    ///   thrown on.
    /// - Throws: `MailError`; what `beforeFinalDot` threw; `CancellationError`, and then nothing was delivered; or the
    ///   error of an attachment that cannot be read, and then nothing was delivered either.
    package func send(
        _ message: MailMessage,
        beforeFinalDot: @escaping @Sendable () async throws -> Void
    ) async throws -> SMTPReply {
        do {
            return try await lanes.withLane { lane in
                try await send(message, on: lane, beforeFinalDot)
            }
        } catch let error as MailError {
            if error.kind == .unknown {
                logger.warning("No answer to a mail that was sent whole", metadata: ["reason": "\(error.reason)"])
            }
            throw error
        }
    }

    /// Opens a session as for a mail: greeting, STARTTLS and login as configured, then NOOP. Sends no mail.
    ///
    /// The server gets its QUIT when the connection is closed.
    /// - Throws: `MailError` with the stage that failed; `CancellationError`.
    package func probe() async throws {
        let probe = SMTPProbe(configuration)
        try await lanes.withLane { lane in
            try await perform(probe, on: lane)
        }
        try probe.outcome.get()
    }

    /// Ends the connections. Mails under way are broken off, except those that wait for the server's last answer.
    package func close() async {
        await lanes.close()
    }

    private func send(
        _ message: MailMessage,
        on lane: ConnectionLane,
        _ beforeFinalDot: @Sendable () async throws -> Void
    ) async throws -> SMTPReply {
        let (ends, end) = AsyncStream<Void>.makeStream()
        let transfer = try SMTPTransfer(message, configuration, sizeLimit: lane.sizeLimit) { end.yield() }
        // On a connection that is kept there is no greeting before which the mail could be held back.
        if let error = transfer.excess { throw error }
        defer { lane.sizeLimit = transfer.sizeLimit }
        async let over: Void = {
            defer { end.finish() }
            try await perform(transfer, on: lane)
        }()
        var refusal: (any Error)?
        // At most one turn; none when the transfer fails before the end of the message.
        for await _ in ends {
            do {
                try await beforeFinalDot()
                lane.executor.resume(transfer) { transfer.endOfMessage = .send }
            } catch {
                refusal = error
                lane.executor.resume(transfer) { transfer.endOfMessage = .abort }
            }
        }
        try await over
        if let refusal { throw refusal }
        return try transfer.outcome.get()
    }

    private func perform(_ transfer: any CurlTransfer, on lane: ConnectionLane) async throws {
        do {
            try await lane.executor.perform(transfer)
        } catch let error as CurlError {
            // Refused before anything was sent: a closed executor, or an option this libcurl does not know.
            throw MailError(stage: .connect, reply: nil, reason: error.text)
        }
    }
}
