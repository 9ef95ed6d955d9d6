import Foundation

/// Where the broker is and how to log in.
package struct AMQPConfiguration: Sendable {
    /// One address of the broker; a cluster has several.
    package struct Host: Sendable, Hashable, CustomStringConvertible {
        package var name: String
        package var port: Int

        package init(name: String, port: Int) {
            self.name = name
            self.port = port
        }

        package var description: String { "\(name):\(port)" }
    }

    /// How the broker proves who it is.
    package struct TLS: Sendable, Hashable {
        /// PEM file with the authorities trusted; Debian's bundle by default.
        package var authorities = "/etc/ssl/certs/ca-certificates.crt"
        /// Whether certificate and host name are verified. On by default.
        package var verifies = true
    }

    /// Tried in turn, starting anywhere, so that a fleet spreads over a cluster. Never empty.
    package var hosts: [Host]
    /// "/" by default, as RabbitMQ names its own.
    package var virtualHost: String
    package var user: String
    package var password: String
    /// `nil`: plain TCP.
    package var tls: TLS?
    /// A peer silent for twice this long is taken for dead. Default 30 s, whole seconds from 1 s.
    package var heartbeat: Duration = .seconds(30)
    /// For the TCP connection and again for the login, per host. Default 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// Shown by the broker's management pages next to the connection.
    package var connectionName: String

    /// Parses `amqp://user:password@host:port,host2:port2/vhost` or `amqps://…`.
    ///
    /// User, password and virtual host may be percent-encoded. Understood after `?`, with the meaning they have in
    /// RabbitMQ's own URI specification: `cacertfile`, `verify=verify_none`, `heartbeat` (seconds),
    /// `connection_timeout` (milliseconds).
    /// - Throws: ``AMQPError`` of kind `usage` that says what was expected, without quoting the URL.
    package init(url: String, connectionName: String) throws {
        var rest = Substring(url)
        if rest.hasPrefix("amqp://") {
            tls = nil
        } else if rest.hasPrefix("amqps://") {
            tls = TLS()
        } else {
            throw Self.malformed("expected it to start with amqp:// or amqps://")
        }
        rest = rest.dropFirst(tls == nil ? 7 : 8)
        self.connectionName = connectionName

        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] }
        rest = rest.prefix { $0 != "?" }

        let path = rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] }
        rest = rest.prefix { $0 != "/" }
        virtualHost = try path.flatMap { $0.isEmpty ? nil : try Self.decode($0, "virtual host") } ?? "/"

        user = "guest"
        password = "guest"
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decode(credentials.first ?? "", "user")
            password = credentials.count > 1 ? try Self.decode(credentials[1], "password") : ""
            rest = rest[rest.index(after: at)...]
        }
        let defaultPort = tls == nil ? 5672 : 5671
        hosts = try rest.split(separator: ",", omittingEmptySubsequences: false).map {
            try Self.host($0, defaultPort: defaultPort)
        }
        try query?.split(separator: "&").forEach { try apply(parameter: $0) }
    }

    private static func host(_ text: Substring, defaultPort: Int) throws -> Host {
        var name = text
        var port: Substring?
        // An IPv6 address stands in brackets, because its colons would be taken for the port's.
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            port = after.hasPrefix(":") ? after.dropFirst() : nil
        } else if let colon = text.lastIndex(of: ":") {
            name = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !name.isEmpty else { throw malformed("expected a host name between // and /, such as amqp://broker/") }
        guard let port else { return Host(name: String(name), port: defaultPort) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw malformed("expected a port from 1 to 65535 after the host name")
        }
        return Host(name: String(name), port: number)
    }

    private mutating func apply(parameter: Substring) throws {
        let name = String(parameter.prefix { $0 != "=" })
        let value = try Self.decode(parameter.dropFirst(name.count + 1), "value of a parameter")
        switch name {
        case "cacertfile":
            tls?.authorities = value
        case "verify":
            guard ["verify_peer", "verify_none"].contains(value) else {
                throw Self.malformed("expected verify=verify_peer or verify=verify_none")
            }
            tls?.verifies = value == "verify_peer"
        case "heartbeat":
            guard let seconds = Int(value), (1...3_600).contains(seconds) else {
                throw Self.malformed("expected heartbeat in seconds, from 1 to 3600")
            }
            heartbeat = .seconds(seconds)
        case "connection_timeout":
            guard let milliseconds = Int(value), (1...600_000).contains(milliseconds) else {
                throw Self.malformed("expected connection_timeout in milliseconds, from 1 to 600000")
            }
            connectTimeout = .milliseconds(milliseconds)
        default:
            throw Self.malformed("unknown parameter; known are cacertfile, verify, heartbeat, connection_timeout")
        }
    }

    private static func decode(_ text: Substring, _ what: String) throws -> String {
        // A NUL would end the C string early and log in as somebody else.
        guard let decoded = String(text).removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw malformed("expected percent-encoded UTF-8 without NUL as \(what)")
        }
        return decoded
    }

    private static func malformed(_ expectation: String) -> AMQPError {
        AMQPError(.usage, text: expectation, during: "read the broker URL")
    }
}
