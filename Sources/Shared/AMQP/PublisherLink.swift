/// The session's side of a ``Publisher``: its channel and what waits on it. Only the session touches it.
final class PublisherLink {
    typealias Window = ConfirmWindow<(batch: PublishBatch, index: Int)>

    /// Most messages sent and unconfirmed at once. Bounds what a blocked broker leaves in our socket, where a full
    /// buffer would hold the whole connection.
    static let windowSize = 4_096

    let inbox: PublisherInbox
    /// Open and in confirm mode, or `nil` while it is being opened.
    var channel: Channel?
    var window = Window()
    /// Not or not wholly sent.
    var waiting = Fifo<PublishBatch>()
    /// The broker's channel.flow; off: no publishing.
    var flows = true
    var isReopening = false
    /// Whether a continuation of the sending is queued.
    var isPumpScheduled = false
    /// The broker closed the channel, perhaps because an exchange is missing.
    var needsTopology = false
    var backoff: Task<Void, Never>?

    init(inbox: PublisherInbox) { self.inbox = inbox }

    /// The channel is gone: everything unconfirmed may or may not have arrived.
    func end(_ error: AMQPError) {
        inbox.obstacle = error
        channel = nil
        flows = true
        for entry in window.unsettled { entry.batch.fail(error) }
        for batch in waiting.removeAll() { batch.fail(error) }
        window = Window()
    }
}
