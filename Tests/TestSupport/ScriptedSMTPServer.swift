package import Foundation

/// A mail server of one test's own: `deploy/smtp-server` on a free port, following the rules of the test.
package final class ScriptedSMTPServer: Sendable {
    /// One line of the server's log.
    package struct Event: Decodable, Sendable {
        package let event: String
        package let connection: Int?
        package let stage: String?
        package let code: Int?
        package let recipients: [String]?
        package let file: String?
        package let tls: Bool?
        package let mechanism: String?
    }

    /// One rule, as the head of `deploy/smtp-server` explains them.
    package struct Rule: Encodable, Sendable {
        package var stage: String
        package var recipient: String?
        package var times: Int?
        package var delay: Int?
        package var reply: String?
        package var drop: Bool?
        package var hang: Bool?
        package var hold: Bool?
        package var close: Bool?

        private enum CodingKeys: String, CodingKey {
            case stage, recipient, times, reply, drop, hang, hold, close
            case delay = "delay_ms"
        }

        /// - Parameter delay: In milliseconds.
        package init(
            _ stage: String,
            recipient: String? = nil,
            times: Int? = nil,
            delay: Int? = nil,
            reply: String? = nil,
            drop: Bool? = nil,
            hang: Bool? = nil,
            hold: Bool? = nil,
            close: Bool? = nil
        ) {
            self.stage = stage
            self.recipient = recipient
            self.times = times
            self.delay = delay
            self.reply = reply
            self.drop = drop
            self.hang = hang
            self.hold = hold
            self.close = close
        }
    }

    /// TLS as the server offers it.
    package enum TLS: String, Sendable { case starttls, implicit }

    package let port: Int
    package let events: EventLog<Event>
    /// Where rules and mails lie; deleted with the server.
    package let directory: URL
    private let process: LineProcess

    /// File with the certificate that a client has to trust.
    package var certificate: String { directory.appending(path: "certificate.pem").path }

    /// Runs the body with a fresh server, which is stopped and whose mails are deleted afterwards.
    /// - Parameter size: what it announces as its limit, and does not enforce.
    @discardableResult
    package static func run<R: Sendable>(
        rules: [Rule] = [],
        maxConnections: Int? = nil,
        size: String? = nil,
        tls: TLS? = nil,
        auth: String? = nil,
        _ body: (ScriptedSMTPServer) async throws -> R
    ) async throws -> R {
        let directory = FileManager.default.temporaryDirectory.appending(path: "smtp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let document = Rules(rules: rules, maxConnections: maxConnections, size: size)
        let server = try await ScriptedSMTPServer(directory, document, tls, auth)
        do {
            let result = try await body(server)
            await server.process.stop()
            return result
        } catch {
            await server.process.stop()
            throw error
        }
    }

    private init(_ directory: URL, _ rules: Rules, _ tls: TLS?, _ auth: String?) async throws {
        self.directory = directory
        try Self.write(rules, to: directory)
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/smtp-server")
        var arguments = ["--log", "-", "--stop-with-stdin"]
        arguments += ["--directory", directory.appending(path: "mail").path, "--rules", Self.rules(in: directory).path]
        if let tls {
            arguments += ["--tls", tls.rawValue, "--certificate", directory.appending(path: "certificate.pem").path]
        }
        if let auth { arguments += ["--auth", auth] }
        let process = try LineProcess(program.standardizedFileURL.path, arguments)
        self.process = process
        let ready: String
        do {
            ready = try await process.lines.first("the server's first line") { $0.hasPrefix("ready ") }
        } catch {
            // Nobody else knows of it.
            await process.stop()
            throw error
        }
        port = Int(ready.dropFirst("ready ".count)) ?? 0
        events = EventLog()
        let events = events
        process.lines.forward { line in
            guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)) else { return }
            events.append(event)
        }
    }

    /// Replaces the rules; holds from the next command on.
    package func setRules(_ rules: [Rule], maxConnections: Int? = nil, size: String? = nil) throws {
        try Self.write(Rules(rules: rules, maxConnections: maxConnections, size: size), to: directory)
    }

    /// The `count`th event of this name.
    @discardableResult
    package func event(_ name: String, _ count: Int = 1) async throws -> Event {
        try await events.first(name, number: count) { $0.event == name }
    }

    /// How many events of this name there were so far: those of a mail may come a little later than its answer.
    package func count(_ name: String) -> Int { events.all.filter { $0.event == name }.count }

    /// Whether there were exactly so many events of this name; awaits the last of them.
    package func has(_ name: String, exactly count: Int) async throws -> Bool {
        if count > 0 { try await event(name, count) }
        return self.count(name) == count
    }

    /// The file of the `count`th mail that the server kept, as it was received.
    package func mail(_ count: Int = 1) async throws -> URL {
        let name = try await event("kept", count).file ?? ""
        return directory.appending(path: "mail").appending(path: name)
    }

    private struct Rules: Encodable {
        let rules: [Rule]
        let maxConnections: Int?
        let size: String?

        private enum CodingKeys: String, CodingKey {
            case rules, size
            case maxConnections = "max_connections"
        }
    }

    private static func rules(in directory: URL) -> URL { directory.appending(path: "rules.json") }

    private static func write(_ rules: Rules, to directory: URL) throws {
        try JSONEncoder().encode(rules).write(to: Self.rules(in: directory), options: .atomic)
    }
}
