import Foundation
import HTTPTypes
import Hummingbird
import JobEngine

/// An answer that says what was wrong: RFC 9457, `application/problem+json`. Never quotes a value that came in, which
/// may be an address; names, types and places only.
struct Problem: Error, Sendable {
    let status: HTTPResponse.Status
    /// The last part of the problem's type, stable for programs to branch on.
    let slug: String
    let title: String
    /// What was expected, what came, and what to do.
    let detail: String
    var errors: [ArgumentField.Fault] = []
    var headers: HTTPFields = [:]
    /// Members beside those of the RFC, for example the known kinds.
    var more: [String: JSONValue] = [:]

    /// The document's bytes.
    var body: ByteBuffer {
        var members = more
        members["type"] = .string("urn:relais:problem:\(slug)")
        members["title"] = .string(title)
        members["status"] = .integer(Int64(status.code))
        members["detail"] = .string(detail)
        if !errors.isEmpty {
            members["errors"] = .array(
                errors.map { fault in
                    .object([
                        "field": .string(fault.field), "expected": .string(fault.expected), "got": .string(fault.got),
                    ])
                }
            )
        }
        return JSONBody.buffer(.object(members))
    }

    var response: Response {
        var fields = headers
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body))
    }
}

/// JSON answers, with sorted members, so that equal answers are equal bytes.
enum JSONBody {
    static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A JSONValue fails to encode only for a number that JSON lacks, and no answer holds one.
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    static func buffer(_ value: JSONValue) -> ByteBuffer {
        ByteBuffer(string: text(value) + "\n")
    }

    static func response(_ status: HTTPResponse.Status, _ value: JSONValue, headers: HTTPFields = [:]) -> Response {
        var fields = headers
        fields[.contentType] = "application/json"
        fields[.cacheControl] = "no-store"
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: buffer(value)))
    }
}
