import Foundation
import HummingbirdTesting
import NIOCore
import Postgres
import Testing

@testable import producer

/// What comes over a socket and is no request, or takes too long to become one.
@Suite struct ConnectionTests {
    @Test(arguments: [
        "rubbish\r\n\r\n",
        "GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST /v1/jobs/statistics.refresh HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: " + String(repeating: "x", count: 9_000) + "\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: x\r\n" + String(repeating: "X-Many: 1\r\n", count: 70) + "\r\n",
    ])
    func whatIsNoRequestIsAnsweredWithAProblem(_ bytes: String) async throws {
        try await withIntake(live: true) { world in
            let answer = try await RawClient.exchange(try #require(world.client.port), [bytes])
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(answer.contains("application/problem+json"))
            #expect(answer.contains("urn:relais:problem:invalid-request"))
            #expect(answer.components(separatedBy: "HTTP/1.1 400").count == 2, "one answer: \(answer)")
        }
    }

    @Test func aMalformedChunkIsAFaultOfTheRequest() async throws {
        try await withIntake(live: true) { world in
            let head = [
                "POST /v1/jobs/statistics.refresh HTTP/1.1", "Host: x", "Authorization: Bearer \(world.token)",
                "Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: close",
            ].joined(separator: "\r\n")
            let answer = try await RawClient.exchange(try #require(world.client.port), [head + "\r\n\r\nZZ\r\n{}\r\n"])
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
            #expect(answer.contains("urn:relais:problem:invalid-request"))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func aHeadThatTricklesIsCutOffAndOneThatComesIsNot() async throws {
        try await withIntake(live: true, headTimeout: .seconds(2)) { world in
            let port = try #require(world.client.port)
            // Each line comes in time and the head ends after twelve seconds: a limit that each line began anew, or none,
            // would let it be answered.
            let lines = ["GET /health/live HTTP/1.1\r\n"] + (0..<59).map { "X-Line: \($0)\r\n" } + ["\r\n"]
            #expect(try await RawClient.exchange(port, lines, pause: .milliseconds(200)) == "")
            let whole = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            #expect(try await RawClient.exchange(port, [whole]).hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }
}
