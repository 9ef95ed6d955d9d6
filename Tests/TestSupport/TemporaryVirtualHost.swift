import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Runs `body` with a virtual host of its own on the broker of `RELAIS_BROKER_URL`, made and removed through the
/// management API at `RELAIS_BROKER_API_URL` (`http://user:password@127.0.0.1:port`).
package func withTemporaryVirtualHost<Result>(
    _ body: (TemporaryVirtualHost) async throws -> Result
) async throws -> Result {
    let host = try TemporaryVirtualHost()
    try await host.create()
    do {
        let result = try await body(host)
        try await host.remove()
        return result
    } catch {
        try await host.remove()
        throw error
    }
}

/// A virtual host that lives as long as one test, and the management API's view of it.
package struct TemporaryVirtualHost: Sendable {
    package let name = "test-\(UUID().uuidString.lowercased())"
    /// The AMQP URL of this virtual host.
    package let url: String
    /// The same over TLS, with the broker's authority.
    package let encryptedURL: String
    private let api: ManagementAPI

    fileprivate init() throws {
        url = try Self.url(requiredEnvironment("RELAIS_BROKER_URL"), of: name)
        encryptedURL = try Self.url(requiredEnvironment("RELAIS_BROKER_TLS_URL"), of: name)
        api = try ManagementAPI(url: requiredEnvironment("RELAIS_BROKER_API_URL"))
    }

    /// `url` with another virtual host as its path.
    private static func url(_ url: String, of name: String) -> String {
        let scheme = url.hasPrefix("amqps://") ? "amqps://" : "amqp://"
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        let query = url.firstIndex(of: "?").map { url[$0...] } ?? ""
        return "\(scheme)\(authority)/\(name)\(query)"
    }

    /// Makes it, or makes it again after ``remove()``.
    package func create() async throws {
        try await api.send("PUT", ["vhosts", name])
        let everything = #"{"configure":".*","write":".*","read":".*"}"#
        try await api.send("PUT", ["permissions", name, api.user], body: everything)
    }

    /// Removes it with all its queues and closes its connections: to its clients, a broker that lost its data.
    package func remove() async throws { try await api.send("DELETE", ["vhosts", name]) }

    /// The queue as the management API lists it, up to a statistics interval late; `nil` when there is none.
    package func queue(_ queue: String) async throws -> QueueSnapshot? {
        try await api.get(["queues", name, queue])
    }

    /// Takes up to `count` messages from the queue's head for good.
    package func takeMessages(_ queue: String, count: Int) async throws -> [MessageSnapshot] {
        let request = #"{"count":\#(count),"ackmode":"ack_requeue_false","encoding":"auto"}"#
        let data = try await api.send("POST", ["queues", name, queue, "get"], body: request)
        return try ManagementAPI.decoder().decode([MessageSnapshot].self, from: data)
    }

    package func deleteQueue(_ queue: String) async throws { try await api.send("DELETE", ["queues", name, queue]) }

    package func purgeQueue(_ queue: String) async throws {
        try await api.send("DELETE", ["queues", name, queue, "contents"])
    }

    /// Closes every connection of this virtual host, as an operator would.
    /// - Returns: how many were closed. The broker's list learns of a connection late, and the listing itself fails now
    ///   and then (500) while those of other virtual hosts come and go: 0 then, as before it has learnt.
    package func closeConnections() async throws -> Int {
        let connections: [ConnectionSnapshot]
        do {
            connections = try await api.get(["vhosts", name, "connections"]) ?? []
        } catch let failure as ManagementAPI.Failure where failure.status == 500 {
            return 0
        }
        for connection in connections { try await api.send("DELETE", ["connections", connection.name]) }
        return connections.count
    }
}

/// What the management API says of a queue.
package struct QueueSnapshot: Decodable, Sendable {
    package var messages: Int?
    package var messagesReady: Int?
    package var messagesUnacknowledged: Int?
    package var consumers: Int?
}

/// A message taken through the management API.
package struct MessageSnapshot: Decodable, Sendable {
    package var payload: String
    package var routingKey: String
    package var redelivered: Bool
}

private struct ConnectionSnapshot: Decodable { var name: String }

/// RabbitMQ's HTTP API.
private struct ManagementAPI: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        /// What the API answered, where it did.
        var status: Int?
    }

    let base: String
    let user: String
    private let authorization: String

    init(url: String) throws {
        guard let components = URLComponents(string: url), let host = components.host, let port = components.port,
            let user = components.user, let password = components.password
        else { throw Failure(description: "RELAIS_BROKER_API_URL: expected http://user:password@host:port") }
        base = "http://\(host):\(port)/api/"
        self.user = user
        authorization = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }

    static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    func get<Value: Decodable>(_ path: [String]) async throws -> Value? {
        let (status, data) = try await exchange("GET", path, nil)
        if status == 404 { return nil }
        try expectSuccess(status, "GET", path)
        return try Self.decoder().decode(Value.self, from: data)
    }

    @discardableResult
    func send(_ method: String, _ path: [String], body: String? = nil) async throws -> Data {
        let (status, data) = try await exchange(method, path, body)
        // What is gone already need not be deleted.
        if method == "DELETE", status == 404 { return data }
        try expectSuccess(status, method, path)
        return data
    }

    private func exchange(_ method: String, _ path: [String], _ body: String?) async throws -> (Int, Data) {
        let encoded = path.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? $0 }
        guard let url = URL(string: base + encoded.joined(separator: "/")) else {
            throw Failure(description: "not a URL: \(base)\(path)")
        }
        var request = URLRequest(url: url, timeoutInterval: longestWait / .seconds(1))
        request.httpMethod = method
        request.setValue(authorization, forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }

    private func expectSuccess(_ status: Int, _ method: String, _ path: [String]) throws {
        guard (200..<300).contains(status) else {
            throw Failure(
                description: "\(method) \(path.joined(separator: "/")): expected success, got \(status)",
                status: status
            )
        }
    }
}

private func requiredEnvironment(_ name: String) throws -> String {
    guard let value = ProcessInfo.processInfo.environment[name] else {
        throw ManagementAPI.Failure(description: "\(name) is not set; start the servers with deploy/stack")
    }
    return value
}
