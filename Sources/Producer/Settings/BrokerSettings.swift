import AMQP
import Bootstrap

/// How the relay reaches RabbitMQ.
struct BrokerSettings: Sendable {
    let brokerURL: String

    static let url = Setting<String>.url(
        "broker.url",
        schemes: ["amqp", "amqps"],
        secret: true,
        doc: "RabbitMQ: amqp://user:password@host,host2/vhost."
    )

    init(_ reader: SettingsReader) {
        brokerURL = reader.value(Self.url)
        reader.require(
            brokerURL.isEmpty || (try? AMQPConfiguration(url: brokerURL, connectionName: "")) != nil,
            of: Self.url,
            "expected amqp://user:password@host:port/vhost, with special characters percent-encoded"
        )
    }

    func configuration(connectionName: String) throws -> AMQPConfiguration {
        try AMQPConfiguration(url: brokerURL, connectionName: connectionName)
    }
}
