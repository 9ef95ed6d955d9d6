import Testing

@testable import AMQP

@Suite struct ConfigurationTests {
    @Test func everyPartOfTheURLIsRead() throws {
        let url = "amqps://re%3Alais:p%40ss%2F@one:1234,[::1],three/stage%2F3e?heartbeat=7&cacertfile=/ca.pem"
        let configuration = try AMQPConfiguration(url: url, connectionName: "relay")
        #expect(configuration.hosts.map(\.description) == ["one:1234", "::1:5671", "three:5671"])
        #expect(configuration.user == "re:lais")
        #expect(configuration.password == "p@ss/")
        #expect(configuration.virtualHost == "stage/3e")
        #expect(configuration.heartbeat == .seconds(7))
        #expect(configuration.tls?.authorities == "/ca.pem")
        #expect(configuration.tls?.verifies == true)
    }

    @Test func theShortestURLMeansRabbitMQsDefaults() throws {
        let configuration = try AMQPConfiguration(url: "amqp://broker", connectionName: "relay")
        #expect(configuration.hosts == [.init(name: "broker", port: 5672)])
        #expect(configuration.virtualHost == "/")
        #expect(configuration.tls == nil)
    }

    @Test(arguments: [
        "http://broker/", "amqp://", "amqp://a:b@/", "amqp://broker:0/", "amqp://broker:x/", "amqp://broker:70000/",
        "amqp://one,,two/", "amqp://%ff:x@broker/", "amqp://a%00:secret@broker/", "amqp://broker/?heartbeat=0",
        "amqp://broker/?verify=maybe", "amqp://broker/?nonsense=1", "amqp://broker/?=",
    ])
    func aMalformedURLIsRefusedWithoutQuotingIt(_ url: String) {
        let error = #expect(throws: AMQPError.self) { try AMQPConfiguration(url: url, connectionName: "relay") }
        #expect(error?.kind == .usage)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }

    @Test(arguments: [
        OutgoingMessage(exchange: String(repeating: "x", count: 256), routingKey: "", body: []),
        OutgoingMessage(exchange: "", routingKey: String(repeating: "é", count: 128), body: []),
        OutgoingMessage(exchange: "", routingKey: "", body: [], messageID: String(repeating: "x", count: 256)),
        OutgoingMessage(exchange: "", routingKey: "", body: [], headers: ["a": String(repeating: "x", count: 40_000)]),
        OutgoingMessage(exchange: "", routingKey: "", body: [], headers: [String(repeating: "x", count: 129): ""]),
    ])
    func aMessageTheProtocolCannotCarryIsRefused(_ message: OutgoingMessage) {
        let error = #expect(throws: AMQPError.self) { try message.validate() }
        #expect(error?.kind == .usage)
    }
}
