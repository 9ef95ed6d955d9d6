/// A value of a queue's x-arguments.
package enum AMQPValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case string(String)
    case integer(Int64)
    case boolean(Bool)

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

/// What must exist at the broker. Declared after every connect and whenever a queue turns out to be missing, so that
/// a deleted queue or an emptied broker comes back by itself; declaring what exists changes nothing.
package struct Topology: Sendable, Equatable {
    /// A durable direct exchange.
    package struct Exchange: Sendable, Hashable {
        package var name: String
        package init(name: String) { self.name = name }
    }

    /// A queue. With `durable: false` the declaration is only good for tests: the broker drops it at restart.
    package struct Queue: Sendable, Hashable {
        package var name: String
        package var durable: Bool
        package var arguments: [String: AMQPValue]

        package init(name: String, durable: Bool = true, arguments: [String: AMQPValue] = [:]) {
            self.name = name
            self.durable = durable
            self.arguments = arguments
        }

        /// A replicated queue; what is rejected from it goes to `deadLetterQueue` by way of the default exchange.
        package static func quorum(_ name: String, deadLetterQueue: String? = nil) -> Queue {
            var arguments: [String: AMQPValue] = ["x-queue-type": "quorum"]
            if let deadLetterQueue {
                arguments["x-dead-letter-exchange"] = ""
                arguments["x-dead-letter-routing-key"] = .string(deadLetterQueue)
            }
            return Queue(name: name, arguments: arguments)
        }
    }

    /// Messages published to `exchange` with `routingKey` go to `queue`.
    package struct Binding: Sendable, Hashable {
        package var exchange: String
        package var queue: String
        package var routingKey: String

        package init(exchange: String, queue: String, routingKey: String) {
            self.exchange = exchange
            self.queue = queue
            self.routingKey = routingKey
        }
    }

    package var exchanges: [Exchange]
    package var queues: [Queue]
    package var bindings: [Binding]

    package init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }
}
