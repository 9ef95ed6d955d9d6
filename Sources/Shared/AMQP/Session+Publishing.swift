import Logging

extension Session {
    func register(_ inbox: PublisherInbox, id: Int) {
        let link = PublisherLink(inbox: inbox)
        publishers[id] = link
        if isOpen { reopen(link) }
    }

    /// Opens the publisher's channel until it is open, or the connection is not.
    func reopen(_ link: PublisherLink) {
        guard !link.isReopening else {
            link.backoff?.cancel()
            return
        }
        link.isReopening = true
        Task {
            let epoch = epoch
            var attempt = 0
            while isOpen, epoch == self.epoch, link.channel == nil {
                do throws(AMQPError) {
                    try await openConfirming(link)
                } catch {
                    attempt += 1
                    warn("Publisher's channel cannot be opened, will try again", error)
                    await backOff(attempt) { link.backoff = $0 }
                }
            }
            link.isReopening = false
            if isOpen, link.channel == nil { reopen(link) }
        }
    }

    private func openConfirming(_ link: PublisherLink) async throws(AMQPError) {
        if link.needsTopology {
            try await declareTopology()
            link.needsTopology = false
        }
        let during = "open a publisher's channel"
        let channel = try await openChannel(.publisher(link), during: during)
        guard case .confirmSelectOK = try await request(.confirmSelect, on: channel, during: during) else {
            throw outOfStep(during)
        }
        guard channel.state == .open else { return }
        link.channel = channel
        updateObstacle(link)
    }

    func updateObstacle(_ link: PublisherLink) {
        guard link.channel != nil else { return }
        if let reason = status.blockedReason {
            link.inbox.obstacle = AMQPError(.connection, text: "the broker blocks: \(reason)", during: "publish")
        } else if !link.flows {
            link.inbox.obstacle = AMQPError(.channel, text: "the broker stopped the flow", during: "publish")
        } else {
            link.inbox.obstacle = nil
            pump(link)
        }
    }

    func flow(_ link: PublisherLink, _ active: Bool) {
        link.flows = active
        updateObstacle(link)
    }

    // MARK: - Sending

    func collect(_ id: Int) {
        guard let link = publishers[id] else { return }
        for request in link.inbox.takeAll() {
            let batch = PublishBatch(request)
            if link.channel == nil {
                batch.fail(link.inbox.obstacle ?? AMQPError(.connection, text: "not connected", during: "publish"))
            } else {
                link.waiting.append(batch)
            }
        }
        pump(link)
    }

    /// Sends what the window takes, in portions: between two of them the queue reads what the broker says.
    func pump(_ link: PublisherLink) {
        guard let wire, let channel = link.channel, link.inbox.obstacle == nil else { return }
        var budget = 256
        do throws(AMQPError) {
            while budget > 0, link.window.count < PublisherLink.windowSize, let batch = link.waiting.first {
                if batch.isAnswered || batch.sent == batch.messages.count {
                    _ = link.waiting.popFirst()
                    continue
                }
                let index = batch.sent
                let sequence = link.window.append((batch, index))
                batch.sent += 1
                budget -= 1
                try wire.connection.publish(batch.messages[index], sequence: sequence, channel: channel.number)
            }
        } catch {
            return lose(error)
        }
        guard budget == 0, !link.isPumpScheduled else { return }
        link.isPumpScheduled = true
        Task {
            link.isPumpScheduled = false
            pump(link)
        }
    }

    // MARK: - Hearing back

    func settle(_ channel: Channel, _ tag: UInt64, _ multiple: Bool, acknowledged: Bool) throws(AMQPError) {
        guard case .publisher(let link) = channel.owner else { throw violation("a confirm without publisher") }
        guard link.channel === channel else { return }
        let known = link.window.settle(tag, multiple: multiple) {
            $0.batch.settle($0.index, acknowledged: acknowledged)
        }
        guard known else { throw violation("a confirm for a message that was not published") }
    }

    func returned(_ properties: MessageProperties, code: Int, text: String, to link: PublisherLink) {
        if let sequence = properties.correlationID.flatMap({ UInt64($0) }), let entry = link.window[sequence] {
            entry.batch.returned(entry.index, code: code, text: text)
        }
        // No route: the queue was deleted under us. Once a second is enough for it to come back.
        guard topologyDeclaredAt.duration(to: .now) > .seconds(1) else { return }
        topologyDeclaredAt = .now
        Task {
            do throws(AMQPError) {
                try await declareTopology()
            } catch {
                warn("Topology cannot be declared again", error)
            }
        }
    }

    func expire(_ link: PublisherLink, _ now: ContinuousClock.Instant) {
        for entry in link.window.unsettled where entry.batch.deadline < now { entry.batch.expire() }
        let waiting = link.waiting.removeAll()
        for batch in waiting {
            if batch.deadline < now { batch.expire() }
            if !batch.isAnswered { link.waiting.append(batch) }
        }
    }
}
