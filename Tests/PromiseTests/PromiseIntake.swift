import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A `producer serve` with intake, and a token for it.
struct PromiseIntake: Sendable {
    let program: LineProcess
    let port: Int
    let token: String

    struct Answer: Sendable {
        let status: Int
        let type: String?
        let text: String
    }

    /// Asks for a job as the platform would.
    func enqueue(_ kind: String, _ arguments: String) async throws -> Answer {
        try await call("POST", "/v1/jobs/\(kind)", body: arguments)
    }

    /// Asks for a notice to the pupil of an application.
    func enqueueNotice(_ application: Int) async throws -> Answer {
        try await enqueue("application.expired-notice", #"{"application_id": \#(application)}"#)
    }

    func call(
        _ method: String,
        _ path: String,
        body: String? = nil,
        type: String = "application/json"
    ) async throws -> Answer {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        var request = URLRequest(url: url, timeoutInterval: 120)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = response as? HTTPURLResponse
        return Answer(
            status: answer?.statusCode ?? 0,
            type: answer?.value(forHTTPHeaderField: "Content-Type"),
            text: String(decoding: data, as: UTF8.self)
        )
    }
}
