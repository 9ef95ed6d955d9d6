import Logging

extension Session {
    /// Sends a request and awaits its reply. A broker that does not answer is given up with its connection.
    func request(
        _ method: ClientMethod,
        on channel: Channel,
        during: String,
        within limit: Duration = .seconds(30)
    ) async throws(AMQPError) -> ServerMethod {
        let result: Result<ServerMethod, AMQPError> = await withCheckedContinuation { reply in
            guard let wire, channel.state != .closed else {
                let gone = AMQPError(.connection, text: "not connected", during: during)
                return reply.resume(returning: .failure(gone))
            }
            channel.requests.append(.init(during: during, deadline: .now + limit, reply: reply))
            do throws(AMQPError) {
                try wire.connection.send(method, channel: channel.number)
            } catch {
                // Answers the request just noted, too.
                lose(error)
            }
        }
        return try result.get()
    }

    func openChannel(_ owner: Channel.Owner, during: String) async throws(AMQPError) -> Channel {
        guard let number = (1...UInt16(2_047)).first(where: { channels[$0] == nil }),
            let channel = channel(number, owner: owner)
        else {
            throw AMQPError(.connection, text: "not connected, or no channel left", during: during)
        }
        guard case .channelOpenOK = try await request(.channelOpen, on: channel, during: during) else {
            throw outOfStep(during)
        }
        return channel
    }

    func channel(_ number: UInt16, owner: Channel.Owner) -> Channel? {
        guard wire != nil, channels[number] == nil else { return nil }
        lastGeneration += 1
        let channel = Channel(number: number, generation: lastGeneration, owner: owner)
        channels[number] = channel
        return channel
    }

    func close(_ channel: Channel) async {
        guard channel.state == .open else { return }
        channel.state = .closing
        _ = try? await request(.channelClose, on: channel, during: "close a channel")
        channel.state = .closed
        if channels[channel.number] === channel { channels[channel.number] = nil }
    }

    func closedByBroker(_ channel: Channel, _ error: AMQPError) {
        channels[channel.number] = nil
        channel.end(error)
        switch channel.owner {
        case .control: break
        case .publisher(let link):
            guard link.channel === channel else { return }
            warn("Broker closed a publisher's channel, opening it again", error)
            link.end(error)
            link.needsTopology = true
            reopen(link)
        case .consumer(let link):
            guard link.channel === channel else { return }
            warn("Broker closed a consumer's channel, opening it again", error)
            link.end()
            link.needsTopology = true
            reconcile(link)
        }
    }

    /// A channel for one errand: an error of its own closes it and nobody else's.
    func withChannel<Value>(
        _ during: String,
        _ body: nonisolated(nonsending) (Channel) async throws(AMQPError) -> Value
    ) async throws(AMQPError) -> Value {
        let channel = try await openChannel(.control, during: during)
        do throws(AMQPError) {
            let value = try await body(channel)
            await close(channel)
            return value
        } catch {
            await close(channel)
            throw error
        }
    }

    func declareTopology() async throws(AMQPError) {
        guard topology != Topology() else { return }
        try await withChannel("declare the topology") { channel throws(AMQPError) in
            for exchange in topology.exchanges {
                let during = "declare exchange \(exchange.name)"
                guard
                    case .exchangeDeclareOK = try await request(.exchangeDeclare(exchange), on: channel, during: during)
                else { throw outOfStep(during) }
            }
            for queue in topology.queues {
                let during = "declare queue \(queue.name)"
                guard case .queueDeclareOK = try await request(.queueDeclare(queue), on: channel, during: during)
                else { throw outOfStep(during) }
            }
            for binding in topology.bindings {
                let during = "bind queue \(binding.queue)"
                guard case .queueBindOK = try await request(.queueBind(binding), on: channel, during: during)
                else { throw outOfStep(during) }
            }
        }
        topologyDeclaredAt = .now
    }

    /// - Throws: kind `channel`, code 404, when there is no such queue.
    func inspect(queue: String) async throws(AMQPError) -> QueueStatus {
        let during = "inspect queue \(queue)"
        return try await withChannel(during) { channel throws(AMQPError) in
            guard
                case .queueDeclareOK(let messages, let consumers) =
                    try await request(.queueInspect(queue), on: channel, during: during)
            else { throw outOfStep(during) }
            return QueueStatus(messages: messages, consumers: consumers)
        }
    }

    func purge(queue: String) async throws(AMQPError) -> Int {
        let during = "purge queue \(queue)"
        return try await withChannel(during) { channel throws(AMQPError) in
            guard case .queuePurgeOK(let count) = try await request(.queuePurge(queue), on: channel, during: during)
            else { throw outOfStep(during) }
            return count
        }
    }

    func delete(queue: String) async throws(AMQPError) -> Int {
        let during = "delete queue \(queue)"
        return try await withChannel(during) { channel throws(AMQPError) in
            guard case .queueDeleteOK(let count) = try await request(.queueDelete(queue), on: channel, during: during)
            else { throw outOfStep(during) }
            return count
        }
    }

    /// An answer to another question: nothing on this connection can be trusted any more.
    func outOfStep(_ during: String) -> AMQPError {
        let error = AMQPError(.protocolViolation, text: "the broker answered another question", during: during)
        lose(error)
        return error
    }

    /// Sleeps before attempt `attempt`; cancelling the task in `slot` ends it early.
    func backOff(_ attempt: Int, _ slot: (Task<Void, Never>?) -> Void) async {
        let sleep = Task { _ = try? await Task.sleep(for: Backoff.delay(attempt: attempt)) }
        slot(sleep)
        await sleep.value
        slot(nil)
    }
}
