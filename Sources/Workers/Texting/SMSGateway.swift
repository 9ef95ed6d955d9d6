import Curl
import JobEngine

/// The HTTP service that sends SMS.
struct SMSGateway: Sendable, CustomStringConvertible {
    private let client: HTTPClient
    private let settings: SMSSettings
    private let url: String

    /// Header, address and body may each hold the key of the gateway, and a log shows a service with all that it holds.
    var description: String { "SMSGateway" }

    /// - Parameter settings: those of a gateway that is configured; without a URL there is none, and the answer is nil.
    init?(_ settings: SMSSettings) throws {
        guard let url = settings.url else { return nil }
        self.url = url
        self.settings = settings
        client = try HTTPClient(connections: settings.connections)
    }

    /// Hands one SMS over and returns the gateway's answer, whatever it is. All attempts of a job carry the same
    /// `Idempotency-Key`, by which a gateway that knows the header sends one SMS for several requests.
    /// - Throws: `HTTPError` when there is no answer.
    func send(_ text: String, to number: String, id: JobID) async throws -> HTTPResponse {
        var headers = [
            (name: "Content-Type", value: settings.body.contentType), (name: "Idempotency-Key", value: id.description),
        ]
        if let header = settings.header { headers.append((name: header.name, value: header.value)) }
        return try await client.send(
            HTTPRequest(
                method: "POST",
                url: url,
                headers: headers,
                body: settings.body.filled(to: number, sender: settings.sender, text: text, id: id.description),
                timeout: settings.timeout,
                // Nothing of it is read; a page of an error must not fail a request that has sent an SMS.
                largestResponse: 1 << 20
            )
        )
    }

    /// Asks for the head of the gateway's address, which sends nothing, and returns the status.
    func probe() async throws -> Int {
        try await client.send(HTTPRequest(method: "HEAD", url: url, timeout: settings.timeout)).status
    }

    /// Cancels what is under way and closes the connections.
    func close() async {
        await client.close()
    }
}
