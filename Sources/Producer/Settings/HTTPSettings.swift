import Bootstrap

/// Where intake listens, and how many callers it serves at once.
struct HTTPSettings: Sendable {
    var address: String
    var number: Int
    var connections: Int
    var maxWaiting = 1_000_000

    static let host = Setting<String>.string(
        "http.host",
        default: "127.0.0.1",
        expected: "an address or host name to listen on",
        doc: "Address that intake listens on. TLS ends in front of it."
    )
    static let port = Setting<Int>.int("http.port", in: 0...65_535, default: 8080, doc: "Port of intake; 0: any.")
    static let maxConnections = Setting<Int>.int(
        "http.maxConnections",
        in: 1...65_536,
        default: 1024,
        doc: "Connections served at once, one request each; more wait in the system's backlog."
    )

    static let waiting = Setting<Int>.int(
        "maxWaiting",
        in: 1...100_000_000,
        default: 1_000_000,
        doc: "Jobs that may wait in a queue; intake answers 429 to more."
    )

    init(address: String, number: Int, connections: Int) {
        self.address = address
        self.number = number
        self.connections = connections
    }

    init(_ reader: SettingsReader) {
        address = reader.value(Self.host)
        number = reader.value(Self.port)
        connections = reader.value(Self.maxConnections)
        maxWaiting = reader.value(Self.waiting)
    }
}
