import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import NIOCore
import NIOHTTP1

/// The body of a request that enqueues, read within its bounds and parsed, and the key that it may be repeated with.
struct RequestBody: Sendable {
    /// As it came: what a repetition is compared with.
    let bytes: [UInt8]
    let value: JSONValue
    let idempotencyKey: String?

    /// A caller that trickles its body holds one of a bounded number of connections.
    static let timeout: Duration = .seconds(10)

    /// - Throws: ``Problem``.
    init(_ request: Request, upTo maximum: Int) async throws {
        idempotencyKey = try Self.key(request.headers)
        guard Self.isJSON(request.headers[.contentType]) else { throw Problem.unsupportedMediaType }
        bytes = try await Self.read(request, upTo: maximum)
        value = try Self.parse(bytes)
    }

    private static func key(_ headers: HTTPFields) throws -> String? {
        let keys = headers[values: .idempotencyKey]
        guard let key = keys.first else { return nil }
        let expected = "one key of 1 to 255 visible ASCII characters"
        guard keys.count == 1 else {
            throw Problem.invalidHeader("Idempotency-Key", expected: expected, got: "\(keys.count) keys")
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            let got = key.isEmpty ? "an empty one" : key.utf8.count > 255 ? "\(key.utf8.count) bytes" : "others"
            throw Problem.invalidHeader("Idempotency-Key", expected: expected, got: got)
        }
        return key
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        return type.lowercased() == "application/json"
    }

    private static func read(_ request: Request, upTo maximum: Int) async throws -> [UInt8] {
        let advice =
            "Jobs carry ids: leave content in a table that the job can read; give more jobs in several requests."
        return try await receive(request, upTo: maximum, orElse: advice, within: timeout) {
            Array(buffer: try await request.body.collect(upTo: maximum))
        }
    }

    /// Runs `body`, which reads the body of a request and throws `NIOTooManyBytesError` when it has too many bytes.
    /// `advice` is for whoever sent them.
    ///
    /// - Throws: ``Problem``, or what `body` throws.
    static func receive<R: Sendable>(
        _ request: Request,
        upTo maximum: Int,
        orElse advice: String,
        within limit: Duration,
        _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        // Refused by its own announcement, before a byte of it is read.
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximum {
            throw Problem.bodyTooLarge(maximum: maximum, advice)
        }
        do {
            return try await TimeLimit.run(limit, body)
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge(maximum: maximum, advice)
        } catch is HTTPParserError {
            throw Problem.malformedBody
        } catch is TimeLimit.Exceeded {
            throw Problem.bodyTooSlow(limit)
        }
    }

    private static func parse(_ body: [UInt8]) throws -> JSONValue {
        // First the place, then the value: the scanner also bounds the depth that the decoder recurses to.
        if let fault = JSONPlace.fault(in: body) { throw Problem.malformedJSON(fault) }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body))
    }
}
