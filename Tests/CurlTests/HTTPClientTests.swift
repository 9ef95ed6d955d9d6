import Curl
import Foundation
import TestSupport
import Testing

@Suite struct HTTPClientTests {
    private struct Echo: Decodable {
        let method: String
        let body: String
        let headers: [String: String]
    }

    @discardableResult
    private func withClient<R: Sendable>(_ body: (HTTPClient, TinyHTTPServer) async throws -> R) async throws -> R {
        try await TinyHTTPServer.run { server in
            let client = try HTTPClient(connections: 2)
            do {
                let result = try await body(client, server)
                await client.close()
                return result
            } catch {
                await client.close()
                throw error
            }
        }
    }

    @Test(arguments: [("GET", 0), ("POST", 11), ("POST", 300_000), ("POST", 0), ("PUT", 7), ("DELETE", 0)])
    func methodHeadersAndBodyArrive(_ method: String, _ length: Int) async throws {
        try await withClient { client, server in
            let body = String(repeating: "a", count: length)
            let headers = [(name: "X-Trace", value: "é 1"), (name: "X-Empty", value: "")]
            let request = try HTTPRequest(
                method: method,
                url: server.url + "/echo",
                headers: headers,
                body: Array(body.utf8)
            )
            let response = try await client.send(request)
            #expect(response.status == 200)
            #expect(response[header: "x-padded"] == "deux mots")
            let echo = try JSONDecoder().decode(Echo.self, from: Data(response.body))
            #expect(echo.method == method)
            #expect(echo.body == body)
            #expect(echo.headers["X-Empty"] == "")
            #expect(echo.headers["X-Trace"] != nil)
            #expect(echo.headers["Expect"] == nil)
        }
    }

    @Test func aHeadRequestEndsWithoutABody() async throws {
        try await withClient { client, server in
            let response = try await client.send(HTTPRequest(method: "HEAD", url: server.url + "/large"))
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
        }
    }

    @Test(arguments: [204, 301, 404, 503]) func anyStatusIsAnAnswer(_ status: Int) async throws {
        try await withClient { client, server in
            let response = try await client.send(HTTPRequest(url: server.url + "/status/\(status)"))
            #expect(response.status == status)
        }
    }

    @Test func aTooLongAnswerIsBrokenOff() async throws {
        try await withClient { client, server in
            let request = try HTTPRequest(url: server.url + "/large", largestResponse: 999_999)
            let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
            guard case .responseTooLarge(limit: 999_999) = error else {
                Issue.record("expected responseTooLarge, got \(String(describing: error))")
                return
            }
            let enough = try HTTPRequest(url: server.url + "/large", largestResponse: 1_000_000)
            #expect(try await client.send(enough).body.count == 1_000_000)
        }
    }

    @Test func aSilentServerIsGivenUpInTime() async throws {
        try await withClient { client, server in
            let request = try HTTPRequest(url: server.url + "/silent", timeout: .milliseconds(300))
            let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
            guard case .timedOut = error else {
                Issue.record("expected timedOut, got \(String(describing: error))")
                return
            }
        }
    }

    @Test func cancellationEndsARequestAtOnce() async throws {
        try await withClient { client, server in
            let sending = Task { try await client.send(HTTPRequest(url: server.url + "/silent")) }
            try await server.lines.first("the request") { $0.hasPrefix("GET /silent") }
            sending.cancel()
            await #expect(throws: CancellationError.self) { try await sending.value }
        }
    }

    @Test func aServerThatIsNotThereIsAnError() async throws {
        try await withClient { client, server in
            let request = try HTTPRequest(url: "http://127.0.0.1:1/")
            let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
            guard case .failed(let cause) = error else {
                Issue.record("expected failed, got \(String(describing: error))")
                return
            }
            #expect(cause.text == "Couldn't connect to server")
        }
    }

    @Test func connectionsAreBoundedAndReused() async throws {
        try await withClient { client, server in
            try await withThrowingTaskGroup { group in
                for _ in 0..<30 {
                    group.addTask {
                        let response = try await client.send(HTTPRequest(url: server.url + "/echo"))
                        #expect(response.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            // The server's lines may come later than its answers.
            try await server.lines.first("a request", number: 30) { $0.hasPrefix("GET /echo") }
            let ports = Set(server.lines.all.dropFirst().compactMap { $0.split(separator: " ").last })
            #expect((1...2).contains(ports.count), "the requests came over \(ports)")
        }
    }

    @Test func aClosedClientRefuses() async throws {
        try await withClient { client, server in
            await client.close()
            await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: server.url + "/echo")) }
        }
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\u{0}b", "\u{7F}"]) func noHeaderMayBreakTheLine(_ evil: String) {
        #expect(throws: HTTPError.self) { try HTTPRequest(url: "http://h/", headers: [(name: "X", value: evil)]) }
        #expect(throws: HTTPError.self) { try HTTPRequest(url: "http://h/", headers: [(name: "X" + evil, value: "1")]) }
        #expect(throws: HTTPError.self) { try HTTPRequest(url: "http://h/" + evil) }
        #expect(throws: HTTPError.self) { try HTTPRequest(method: "GET" + evil, url: "http://h/") }
    }
}
