import Foundation

/// An SMS gateway of one test's own, in a few lines of Python. It answers each request with the next step of its script,
/// and the last one ever after.
package struct SMSServer: Sendable {
    /// How a request is answered.
    package enum Step: Sendable {
        case status(Int, retryAfter: String? = nil)
        /// Takes the request and closes the connection: nobody can tell whether an SMS went out.
        case drop
        /// Takes the request and says nothing for ever.
        case silent

        fileprivate var words: String {
            switch self {
            case .status(let status, let retryAfter): "\(status) \(retryAfter ?? "")"
            case .drop: "drop"
            case .silent: "silent"
            }
        }
    }

    /// A request as it came.
    package struct Received: Decodable, Sendable {
        package let method: String
        package let headers: [String: String]
        package let body: String

        /// A body in JSON.
        package var members: [String: String] {
            (try? JSONDecoder().decode([String: String].self, from: Data(body.utf8))) ?? [:]
        }

        /// The digits of the code in the text.
        package var code: String? {
            members["text"]?.firstMatch(of: /[0-9]{6}/).map { String($0.output) }
        }
    }

    package let url: String
    private let lines: EventLog<String>

    @discardableResult
    package static func run<R: Sendable>(_ steps: [Step], _ body: (SMSServer) async throws -> R) async throws -> R {
        let process = try LineProcess("/usr/bin/python3", ["-c", program] + steps.map(\.words))
        do {
            let ready = try await process.lines.first("the gateway's port") { $0.hasPrefix("ready ") }
            let port = ready.dropFirst("ready ".count)
            let result = try await body(SMSServer(url: "http://127.0.0.1:\(port)/sms", lines: process.lines))
            await process.stop()
            return result
        } catch {
            await process.stop()
            throw error
        }
    }

    /// What has come, at least `count` requests: the server's lines may come later than its answers.
    package func received(_ count: Int) async throws -> [Received] {
        if count > 0 { try await lines.first("a request", number: count) { $0.hasPrefix("{") } }
        return try lines.all.filter { $0.hasPrefix("{") }.map {
            try JSONDecoder().decode(Received.self, from: Data($0.utf8))
        }
    }

    private static let program = """
        import http.server, json, sys, threading
        steps, saying = sys.argv[1:], threading.Lock()
        def say(words):
            with saying: print(words, flush=True)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                say(json.dumps({"method": self.command, "body": body.decode(), "headers":
                    {name.lower(): value for name, value in self.headers.items()}}))
                step = (steps.pop(0) if len(steps) > 1 else steps[0]).split()
                if step[0] == "silent": threading.Event().wait()
                if step[0] == "drop":
                    self.close_connection = True
                    return
                # Gateways repeat the number in their answers.
                content = b"" if self.command == "HEAD" else b"message to " + body
                self.send_response(int(step[0]))
                if len(step) > 1: self.send_header("Retry-After", step[1])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            do_POST = do_HEAD = answer
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        say("ready %d" % server.server_port)
        server.serve_forever()
        """
}
