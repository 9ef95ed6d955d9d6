/// Publishes on a channel of its own, in confirm mode. Any number of tasks may publish at once; their batches are in
/// flight together.
package final class Publisher: Sendable {
    private let session: Session
    private let id: Int
    private let inbox: PublisherInbox

    init(session: Session, id: Int, inbox: PublisherInbox) {
        self.session = session
        self.id = id
        self.inbox = inbox
    }

    /// Whether the channel is open and confirming and the broker takes messages.
    package var isReady: Bool { inbox.obstacle == nil }

    /// Sends all messages and waits for the broker's word on each, in their order.
    ///
    /// Cancelling the task does not shorten the wait: what is on its way would be neither known nor unknown.
    /// - Parameter timeout: for the whole batch, looked at twice a second; what has no confirm by then is
    ///   `.unconfirmed`, and what was not sent never will be.
    /// - Throws: ``AMQPError`` when the channel is not ready, or dies before all is settled: then every message of the
    ///   batch may or may not have arrived. Kind `usage`: nothing was sent, and nothing would help.
    package func publish(
        _ messages: [OutgoingMessage],
        timeout: Duration = .seconds(10)
    ) async throws -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        for message in messages { try message.validate() }
        if let obstacle = inbox.obstacle { throw obstacle }
        let result = await withCheckedContinuation { caller in
            let request = PublishRequest(messages: messages, deadline: .now + timeout, caller: caller)
            if inbox.add(request) {
                let id = id
                session.post { $0.collect(id) }
            }
        }
        return try result.get()
    }
}
