import Foundation
import HTTPTypes
import Hummingbird
import JobEngine

/// When a job runs, and what it belongs to: the query of a request, and its trace.
struct JobOptions: Sendable {
    var runAt: Date?
    var deadline: Date?
    var traceparent: String?

    private static let names = ["run_at", "deadline"]

    /// Reads the options; the faults are all that is wrong with them.
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
                        expected: "only run_at, deadline in the query",
                        got: "an unknown parameter"
                    )
                )
                continue
            }
            guard seen.insert(name).inserted else {
                faults.append(ArgumentField.Fault(field: name, expected: "one value", got: "several"))
                continue
            }
            guard let instant = Instant.parse(value) else {
                let expected = "an RFC 3339 instant since 2000 such as 2026-09-01T07:00:00Z, with + written as %2B"
                faults.append(ArgumentField.Fault(field: name, expected: expected, got: "another text"))
                continue
            }
            if name == "run_at" { options.runAt = instant } else { options.deadline = instant }
        }
        if let runAt = options.runAt, let deadline = options.deadline, deadline <= runAt {
            let fault = ArgumentField.Fault(
                field: "deadline",
                expected: "an instant after run_at",
                got: "an earlier one"
            )
            faults.append(fault)
        }
        options.traceparent = traceparent(request.headers[.traceparent])
        return (options, faults)
    }

    /// What of the options makes one request differ from another.
    var code: [UInt8] {
        Array("\(runAt.map(Instant.text) ?? "")|\(deadline.map(Instant.text) ?? "")".utf8)
    }

    /// A header that is not well formed starts a new trace instead of failing the request (W3C Trace Context 2.2).
    private static func traceparent(_ header: String?) -> String? {
        guard let header, header.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/) != nil else { return nil }
        return header
    }
}
