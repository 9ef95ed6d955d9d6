import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import NIOCore

/// A request for a job, read and checked: nothing of it has reached the database yet.
struct JobRequest: Sendable {
    let kind: any JobArguments.Type
    let arguments: [String: JSONValue]
    let options: JobOptions
    let idempotencyKey: String?
    /// What a repetition is compared with: the body as it came.
    let body: [UInt8]

    /// The same bound as that of `relais.enqueue`.
    static let maximumBytes = 65_536
    /// A caller that trickles its body holds one of a bounded number of connections.
    static let bodyTimeout: Duration = .seconds(10)

    /// - Throws: ``Problem`` that lists all that is wrong with arguments and options.
    init(_ request: Request, kind name: String, catalogue: JobCatalogue) async throws {
        guard let kind = catalogue.arguments(of: name) else { throw Problem.unknownKind(known: catalogue.kindNames) }
        self.kind = kind
        idempotencyKey = try Self.key(request.headers)
        guard Self.isJSON(request.headers[.contentType]) else { throw Problem.unsupportedMediaType }
        body = try await Self.read(request)
        let value = try Self.parse(body)
        let (options, optionFaults) = JobOptions.read(request)
        guard case .object(let arguments) = value else {
            let fault = ArgumentField.Fault(field: "", expected: "a JSON object", got: value.typeName)
            throw Problem.invalidArguments([fault] + optionFaults)
        }
        let faults = kind.faults(in: arguments) + optionFaults
        guard faults.isEmpty else { throw Problem.invalidArguments(faults) }
        self.arguments = arguments
        self.options = options
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

    private static func read(_ request: Request) async throws -> [UInt8] {
        // Refused by its own announcement, before a byte of it is read.
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBytes {
            throw Problem.bodyTooLarge
        }
        do {
            return try await TimeLimit.run(bodyTimeout) {
                Array(buffer: try await request.body.collect(upTo: maximumBytes))
            }
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        } catch is TimeLimit.Exceeded {
            throw Problem.bodyTooSlow
        }
    }

    private static func parse(_ body: [UInt8]) throws -> JSONValue {
        // First the place, then the value: the scanner also bounds the depth that the decoder recurses to.
        if let fault = JSONPlace.fault(in: body) { throw Problem.malformedJSON(fault) }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body))
    }
}
