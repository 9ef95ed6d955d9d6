package import AMQP

/// The exchange, the queues and the dead-letter queue of a catalogue, declared by whoever connects.
package enum BrokerTopology {
    /// Where messages go that name no job of ours.
    package static let deadLetterQueue = "relais.dead-letter"

    package static func topology(of catalogue: JobCatalogue) -> Topology {
        let names = catalogue.queues.map(\.name)
        let work = names.map { Topology.Queue.quorum($0, deadLetterQueue: deadLetterQueue) }
        // Bounded, because anybody who may publish can fill it; the oldest go first.
        let deadLetters = Topology.Queue(
            name: deadLetterQueue,
            arguments: ["x-queue-type": "quorum", "x-max-length": 100_000]
        )
        return Topology(
            exchanges: [Topology.Exchange(name: JobMessage.exchange)],
            queues: work + [deadLetters],
            bindings: names.map { Topology.Binding(exchange: JobMessage.exchange, queue: $0, routingKey: $0) }
        )
    }
}
