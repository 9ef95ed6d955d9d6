import Logging

extension Session {
    func register(consumer id: Int, queue: String, prefetch: Int) {
        let link = ConsumerLink(id: id, queue: queue, prefetch: max(1, prefetch))
        if recovery.state == .closed { link.wanted = .closed }
        consumers[id] = link
        if isOpen { reconcile(link) }
    }

    // MARK: - Handing out

    func nextBatch(_ id: Int, max: Int) async -> [Delivery] {
        guard let link = consumers[id], link.wanted != .closed else { return [] }
        if link.wanted == .consuming, !link.buffer.isEmpty { return link.take(max) }
        lastWaiter += 1
        let waiter = lastWaiter
        // By way of an isolated method: a closure that does not mention the actor is not held on its queue.
        return await withTaskCancellationHandler {
            await wait(waiter, for: id, max: max)
        } onCancel: {
            post { $0.abandon(waiter, of: id) }
        }
    }

    private func wait(_ waiter: Int, for id: Int, max: Int) async -> [Delivery] {
        await withCheckedContinuation { caller in
            // A cancellation from before has been posted already, and would find nobody.
            guard !Task.isCancelled, let link = consumers[id], link.wanted != .closed else {
                return caller.resume(returning: [])
            }
            link.waiters.append(.init(id: waiter, max: max, caller: caller))
            link.serve()
        }
    }

    private func abandon(_ waiter: Int, of id: Int) {
        guard let link = consumers[id], let index = link.waiters.firstIndex(where: { $0.id == waiter }) else { return }
        link.waiters.remove(at: index).caller.resume(returning: [])
    }

    func receive(
        _ content: IncomingContent,
        tag: UInt64,
        redelivered: Bool,
        on channel: Channel,
        for link: ConsumerLink
    ) throws(AMQPError) {
        guard link.channel === channel else { return }
        guard link.unsettled.deliver(tag) else { throw violation("delivery tag \(tag) out of its order") }
        if content.isOversized {
            logger.error("Message too large, rejected", metadata: [LogKey.queue: "\(link.queue)"])
            return settle(link, [tag]) { .nack(tag: $0.tag, multiple: $0.multiple, requeue: false) }
        }
        link.buffer.append(
            Delivery(
                body: content.body,
                messageID: content.properties.messageID,
                type: content.properties.type,
                headers: content.properties.headers,
                redelivered: redelivered,
                tag: tag,
                generation: channel.generation
            )
        )
    }

    // MARK: - Settling

    func acknowledge(_ deliveries: [Delivery], _ id: Int) {
        settle(deliveries, id) { .ack(tag: $0.tag, multiple: $0.multiple) }
    }

    func reject(_ deliveries: [Delivery], requeue: Bool, _ id: Int) {
        settle(deliveries, id) { .nack(tag: $0.tag, multiple: $0.multiple, requeue: requeue) }
    }

    private func settle(_ deliveries: [Delivery], _ id: Int, _ method: (UnsettledTags.Step) -> ClientMethod) {
        guard let link = consumers[id], let channel = link.channel else { return }
        // A tag of an older channel names another message on this one; its message was requeued by the broker.
        settle(link, deliveries.filter { $0.generation == channel.generation }.map(\.tag), method)
    }

    private func settle(_ link: ConsumerLink, _ tags: [UInt64], _ method: (UnsettledTags.Step) -> ClientMethod) {
        guard let wire, let channel = link.channel, channel.state == .open else { return }
        do throws(AMQPError) {
            for step in link.unsettled.settle(tags) {
                try wire.connection.send(method(step), channel: channel.number)
            }
        } catch {
            lose(error)
        }
    }

    private func requeueBuffered(_ link: ConsumerLink) {
        let tags = link.buffer.removeAll().map(\.tag)
        settle(link, tags) { .nack(tag: $0.tag, multiple: $0.multiple, requeue: true) }
    }

    // MARK: - Subscribing

    func want(_ wanted: ConsumerLink.Wanted, _ id: Int) async {
        guard let link = consumers[id], link.wanted != .closed else { return }
        link.wanted = wanted
        if wanted == .closed {
            for waiter in link.waiters { waiter.caller.resume(returning: []) }
            link.waiters = []
        }
        await settled(link)
        if wanted == .closed { consumers[id] = nil }
    }

    func resubscribe(_ id: Int) async {
        guard let link = consumers[id], link.wanted == .consuming, link.subscription != nil else { return }
        link.wantsNewSubscription = true
        await settled(link)
    }

    /// Changes how many messages the broker delivers ahead, by subscribing anew.
    func limit(_ id: Int, to prefetch: Int) async {
        guard let link = consumers[id], link.wanted != .closed, link.prefetch != prefetch else { return }
        link.prefetch = prefetch
        await resubscribe(id)
    }

    /// Waits until the consumer is what it is wanted to be, or the connection is gone and will see to it when back.
    private func settled(_ link: ConsumerLink) async {
        guard isOpen, !link.isSettled else { return }
        reconcile(link)
        await withCheckedContinuation { link.onSettled.append($0) }
    }

    /// The broker ended the subscription, because the queue was deleted or its leader is gone.
    func cancelled(_ link: ConsumerLink, _ channel: Channel) {
        guard link.channel === channel else { return }
        logger.warning("Broker ended a subscription, subscribing again", metadata: [LogKey.queue: "\(link.queue)"])
        link.subscription = nil
        link.needsTopology = true
        reconcile(link)
    }

    /// Turns what is into what is wanted, one step after the other, for as long as the connection lasts.
    func reconcile(_ link: ConsumerLink) {
        guard !link.isReconciling else {
            link.backoff?.cancel()
            return
        }
        link.isReconciling = true
        Task {
            let epoch = epoch
            var attempt = 0
            while isOpen, epoch == self.epoch, !link.isSettled {
                do throws(AMQPError) {
                    try await step(link)
                } catch {
                    attempt += 1
                    warn("Subscription failed, will try again", error)
                    await backOff(attempt) { link.backoff = $0 }
                }
            }
            link.isReconciling = false
            if isOpen, !link.isSettled { return reconcile(link) }
            for caller in link.onSettled { caller.resume() }
            link.onSettled = []
            link.serve()
        }
    }

    private func step(_ link: ConsumerLink) async throws(AMQPError) {
        switch link.wanted {
        case .consuming:
            if link.wantsNewSubscription { try await cancel(link) }
            link.wantsNewSubscription = false
            try await subscribe(link)
        case .paused:
            try await cancel(link)
        case .closed:
            try await cancel(link)
            guard let channel = link.channel else { return }
            await close(channel)
            link.end()
        }
    }

    /// After cancel-ok nothing more comes, so what is buffered then is all there is to give back.
    private func cancel(_ link: ConsumerLink) async throws(AMQPError) {
        if let tag = link.subscription, let channel = link.channel {
            let during = "cancel the consumer of queue \(link.queue)"
            guard case .cancelOK = try await request(.cancel(consumerTag: tag), on: channel, during: during) else {
                throw outOfStep(during)
            }
            if link.subscription == tag { link.subscription = nil }
        }
        requeueBuffered(link)
    }

    private func subscribe(_ link: ConsumerLink) async throws(AMQPError) {
        let during = "consume queue \(link.queue)"
        if link.needsTopology {
            try await declareTopology()
            link.needsTopology = false
        }
        if link.channel == nil {
            let channel = try await openChannel(.consumer(link), during: during)
            try await limit(link, on: channel, during)
            guard channel.state == .open else { return }
            link.channel = channel
        }
        if let channel = link.channel, link.subscription == nil, link.appliedPrefetch != link.prefetch {
            try await limit(link, on: channel, during)
        }
        guard let channel = link.channel, link.subscription == nil else { return }
        lastGeneration += 1
        let tag = "relais-\(lastGeneration)"
        link.subscription = tag
        do throws(AMQPError) {
            guard
                case .consumeOK = try await request(
                    .consume(queue: link.queue, consumerTag: tag),
                    on: channel,
                    during: during
                )
            else { throw outOfStep(during) }
        } catch {
            if link.subscription == tag { link.subscription = nil }
            link.needsTopology = true
            throw error
        }
    }

    private func limit(_ link: ConsumerLink, on channel: Channel, _ during: String) async throws(AMQPError) {
        let prefetch = link.prefetch
        guard case .qosOK = try await request(.qos(prefetch: prefetch), on: channel, during: during) else {
            throw outOfStep(during)
        }
        link.appliedPrefetch = prefetch
    }
}
