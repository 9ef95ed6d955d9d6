/// One open channel of one connection. Only the session touches it.
final class Channel {
    enum State {
        /// Requests and messages pass. Exit: our close → closing; the broker's close or the connection's end → closed.
        case open
        /// We asked for the close; what still arrives is dropped. Exit: the broker's answer → closed.
        case closing
        /// Gone for good; the owner opens another.
        case closed
    }

    /// Who gets what arrives.
    enum Owner {
        case control
        case publisher(PublisherLink)
        case consumer(ConsumerLink)
    }

    /// A request whose reply is awaited; the broker answers a channel's requests in their order.
    struct Request {
        var during: String
        var deadline: ContinuousClock.Instant
        var reply: CheckedContinuation<Result<ServerMethod, AMQPError>, Never>
    }

    let number: UInt16
    /// Unique within the session: tells a delivery of this channel from one of the channel before it.
    let generation: Int
    let owner: Owner
    var state = State.open
    var requests = Fifo<Request>()
    /// The message being received.
    var content: IncomingContent?

    init(number: UInt16, generation: Int, owner: Owner) {
        self.number = number
        self.generation = generation
        self.owner = owner
    }

    /// Ends the channel for those who wait on it.
    func end(_ error: AMQPError) {
        state = .closed
        for request in requests.removeAll() {
            let named = AMQPError(error.kind, code: error.code, text: error.text, during: request.during)
            request.reply.resume(returning: .failure(named))
        }
    }
}
