import TestSupport

/// A web server of one test's own, in a few lines of Python. It answers by path: `/echo` says what it got, `/large` a
/// megabyte, `/silent` nothing, `/status/N` the status N.
struct TinyHTTPServer {
    let url: String
    let lines: EventLog<String>

    @discardableResult
    static func run<R: Sendable>(_ body: (TinyHTTPServer) async throws -> R) async throws -> R {
        let process = try LineProcess("/usr/bin/python3", ["-c", program])
        do {
            let ready = try await process.lines.first("the server's port") { $0.hasPrefix("ready ") }
            let port = ready.dropFirst("ready ".count)
            let result = try await body(TinyHTTPServer(url: "http://127.0.0.1:\(port)", lines: process.lines))
            await process.stop()
            return result
        } catch {
            await process.stop()
            throw error
        }
    }

    private static let program = """
        import http.server, json, threading
        saying = threading.Lock()
        def say(*words):
            # Alone, print writes word by word, and two threads' lines would be torn into one another.
            with saying: print(*words, flush=True)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self):
                say(self.command, self.path, self.client_address[1])
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == "/silent": threading.Event().wait()
                status = int(self.path.split("/")[2]) if self.path.startswith("/status/") else 200
                content = b"x" * 1_000_000 if self.path == "/large" else json.dumps(
                    {"method": self.command, "body": body.decode(), "headers": dict(self.headers)}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("X-Padded", "  deux mots  ")
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(content)
            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        say("ready", server.server_port)
        server.serve_forever()
        """
}
