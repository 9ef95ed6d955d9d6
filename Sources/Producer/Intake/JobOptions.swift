import Foundation
import HTTPTypes
import Hummingbird
import JobEngine

/// When a job runs, what it is about and what makes it the same as another: the query of a request, or the members
/// beside the arguments in a bulk; and its trace.
struct JobOptions: Sendable {
    var runAt: Date?
    var deadline: Date?
    var subject: Int64?
    var uniqueKey: String?
    var traceparent: String?

    private static let names = ["run_at", "deadline", "subject", "unique_key"]

    /// Reads the options of a query; the faults are all that is wrong with them.
    static func read(_ request: Request) -> (JobOptions, [ArgumentField.Fault]) {
        var options = JobOptions()
        var faults: [ArgumentField.Fault] = []
        var seen: Set<String> = []
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            guard names.contains(name) else {
                faults.append(
                    ArgumentField.Fault(
                        field: String(name.prefix(100)),
                        expected: "only \(names.joined(separator: ", ")) in the query",
                        got: "an unknown parameter"
                    )
                )
                continue
            }
            guard seen.insert(name).inserted else {
                faults.append(ArgumentField.Fault(field: name, expected: "one value", got: "several"))
                continue
            }
            faults += options.take(name, String(value), instants: "with + written as %2B")
        }
        faults += options.orderFaults
        options.traceparent = traceparent(request.headers)
        return (options, faults)
    }

    /// Reads the options of one job of a bulk; null counts as absent.
    static func read(_ members: [String: JSONValue]) -> (JobOptions, [ArgumentField.Fault]) {
        var options = JobOptions()
        var faults: [ArgumentField.Fault] = []
        for name in names {
            let text: String
            switch members[name, default: .null] {
            case .null: continue
            case .integer(let number) where name == "subject": text = String(number)
            case .string(let value) where name != "subject": text = value
            case let value:
                let expected = name == "subject" ? "a positive integer" : "a string"
                faults.append(ArgumentField.Fault(field: name, expected: expected, got: value.typeName))
                continue
            }
            faults += options.take(name, text, instants: "with its offset")
        }
        return (options, faults + options.orderFaults)
    }

    private mutating func take(_ name: String, _ text: String, instants: String) -> [ArgumentField.Fault] {
        switch name {
        case "subject":
            subject = Int64(text).flatMap { $0 > 0 ? $0 : nil }
            if subject == nil {
                return [ArgumentField.Fault(field: name, expected: "a positive integer", got: "another value")]
            }
        case "unique_key":
            let isFitting = (1...255).contains(text.unicodeScalars.count) && !text.unicodeScalars.contains("\0")
            guard isFitting else {
                return [ArgumentField.Fault(field: name, expected: "1 to 255 characters", got: "another length")]
            }
            uniqueKey = text
        default:
            guard let instant = Instant.parse(text) else {
                let expected = "\(Instant.expectation), \(instants)"
                return [ArgumentField.Fault(field: name, expected: expected, got: "another text")]
            }
            if name == "run_at" { runAt = instant } else { deadline = instant }
        }
        return []
    }

    private var orderFaults: [ArgumentField.Fault] {
        guard let runAt, let deadline, deadline <= runAt else { return [] }
        return [ArgumentField.Fault(field: "deadline", expected: "an instant after run_at", got: "an earlier one")]
    }

    /// What of the options makes one request differ from another.
    var code: [UInt8] {
        let instants = "\(runAt.map(Instant.text) ?? "")|\(deadline.map(Instant.text) ?? "")"
        return Array("\(instants)|\(subject.map(String.init) ?? "")|\(uniqueKey ?? "")".utf8)
    }

    /// A header that is not well formed starts a new trace instead of failing the request (W3C Trace Context 2.2).
    static func traceparent(_ headers: HTTPFields) -> String? {
        guard let header = headers[.traceparent],
            header.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/) != nil
        else { return nil }
        return header
    }
}
