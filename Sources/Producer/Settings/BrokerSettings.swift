import AMQP
import Bootstrap

/// How the relay reaches RabbitMQ.
struct BrokerSettings: Sendable {
    let brokerURL: String

    init(_ reader: SettingsReader) {
        brokerURL = reader.value(CommonSettings.brokerURL)
        reader.require(
            brokerURL.isEmpty || (try? AMQPConfiguration(url: brokerURL, connectionName: "")) != nil,
            of: CommonSettings.brokerURL,
            "expected amqp://user:password@host:port/vhost, with special characters percent-encoded"
        )
    }

    func configuration(connectionName: String) throws -> AMQPConfiguration {
        try AMQPConfiguration(url: brokerURL, connectionName: connectionName)
    }
}
