/// Plain HTTP and HTTPS requests. Redirections are not followed and certificates are verified.
package struct HTTPClient: Sendable {
    private let executor: CurlExecutor

    /// - Parameter connections: The most connections open at once, and kept open for the next request.
    package init(connections: Int = 4) throws {
        executor = try CurlExecutor(name: "http", connections: connections)
    }

    /// Sends the request and returns the answer, whatever its status.
    /// - Throws: `HTTPError`; `CancellationError` when the task was cancelled.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let transfer = HTTPTransfer(request)
        do {
            try await executor.perform(transfer)
        } catch let error as CurlError {
            throw HTTPError.failed(error)
        }
        return try transfer.outcome.get()
    }

    /// Cancels the requests under way and closes the connections.
    package func close() async {
        await executor.close()
    }
}
