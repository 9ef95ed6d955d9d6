import Logging

extension Session {
    /// Handles what has arrived. librabbitmq reads the socket into a buffer of its own, so a readable socket means:
    /// take frames until it says that there are none.
    func drain(_ epoch: Int) {
        guard epoch == self.epoch, let wire else { return }
        do throws(AMQPError) {
            var budget = 2_000
            while budget > 0, let frame = try wire.connection.nextFrame() {
                try handle(frame)
                // Handling may have ended this connection.
                guard epoch == self.epoch else { return }
                budget -= 1
            }
            // Others on this queue want to send, too.
            if budget == 0 { post { $0.drain(epoch) } }
        } catch {
            return lose(error)
        }
        for link in consumers.values { link.serve() }
        for link in publishers.values where !link.waiting.isEmpty { pump(link) }
    }

    func tick(_ epoch: Int) {
        drain(epoch)
        guard epoch == self.epoch else { return }
        let now = ContinuousClock.now
        for channel in channels.values {
            guard let request = channel.requests.first, request.deadline < now else { continue }
            return lose(AMQPError(.timeout, text: "the broker did not answer in time", during: request.during))
        }
        for link in publishers.values { expire(link, now) }
    }

    private func handle(_ frame: ServerFrame) throws(AMQPError) {
        switch frame {
        case .method(channel: 0, let method):
            try handleConnection(method)
        case .method(let number, let method):
            guard let channel = channels[number] else {
                // The answer to a close that crossed the broker's own.
                if case .channelCloseOK = method { return }
                throw violation("\(method) on channel \(number), which is not open")
            }
            try handle(method, on: channel)
        case .header(let number, let size, let properties):
            guard let channel = channels[number], channel.content?.open(size: size, properties) == true else {
                throw violation("a content header that was not due")
            }
            try finishContent(channel)
        case .body(let number, let part):
            guard let channel = channels[number], channel.content?.append(part) == true else {
                throw violation("a content body that was not due")
            }
            try finishContent(channel)
        }
    }

    private func handleConnection(_ method: ServerMethod) throws(AMQPError) {
        switch method {
        case .connectionClose(let code, let text):
            try wire?.connection.send(.connectionCloseOK, channel: 0)
            throw AMQPError(.connection, code: code, text: text, during: "stay connected")
        case .connectionCloseOK:
            channels[0]?.requests.popFirst()?.reply.resume(returning: .success(method))
        case .blocked(let reason):
            logger.warning("Broker blocks publishing", metadata: [LogKey.error: "\(reason)"])
            status.report(.blocked(reason: reason))
            for link in publishers.values { updateObstacle(link) }
        case .unblocked:
            logger.info("Broker takes messages again")
            status.report(.unblocked)
            for link in publishers.values { updateObstacle(link) }
        default:
            throw violation("\(method) on channel 0")
        }
    }

    private func handle(_ method: ServerMethod, on channel: Channel) throws(AMQPError) {
        switch method {
        case .deliver(let tag, let redelivered):
            guard channel.content == nil else { throw violation("a delivery inside another message") }
            channel.content = IncomingContent(.delivery(tag: tag, redelivered: redelivered))
        case .returned(let code, let text):
            guard channel.content == nil else { throw violation("a return inside another message") }
            channel.content = IncomingContent(.returned(code: code, text: text))
        case .ack(let tag, let multiple):
            try settle(channel, tag, multiple, acknowledged: true)
        case .nack(let tag, let multiple):
            try settle(channel, tag, multiple, acknowledged: false)
        case .cancel:
            guard case .consumer(let link) = channel.owner else { throw violation("a cancel without consumer") }
            cancelled(link, channel)
        case .channelFlow(let active):
            try wire?.connection.send(.channelFlowOK(active: active), channel: channel.number)
            if case .publisher(let link) = channel.owner { flow(link, active) }
        case .channelClose(let code, let text):
            try wire?.connection.send(.channelCloseOK, channel: channel.number)
            closedByBroker(channel, AMQPError(.channel, code: code, text: text, during: "use the channel"))
        case .connectionClose, .connectionCloseOK, .blocked, .unblocked, .unexpected:
            throw violation("\(method) on channel \(channel.number)")
        default:
            guard let request = channel.requests.popFirst() else { throw violation("\(method) without a request") }
            request.reply.resume(returning: .success(method))
        }
    }

    private func finishContent(_ channel: Channel) throws(AMQPError) {
        guard let content = channel.content, content.isComplete else { return }
        channel.content = nil
        guard channel.state == .open else { return }
        switch (content.announcement, channel.owner) {
        case (.delivery(let tag, let redelivered), .consumer(let link)):
            try receive(content, tag: tag, redelivered: redelivered, on: channel, for: link)
        case (.returned(let code, let text), .publisher(let link)):
            returned(content.properties, code: code, text: text, to: link)
        default:
            throw violation("a message on a channel that is not for such")
        }
    }

    func violation(_ what: String) -> AMQPError {
        AMQPError(.protocolViolation, text: "the broker sent \(what)", during: "read from the broker")
    }
}
