import HTTPTypes
import Hummingbird
import JobEngine

extension JobCall {
    /// The most bytes of a bulk.
    static let maximumBulkBytes = 8 * 1024 * 1024
    /// Faults of a bulk that are told; with the first the caller finds the rest.
    static let maximumFaults = 20

    private static let members: Set<String> = ["kind", "arguments", "run_at", "deadline", "subject", "unique_key"]

    /// `POST /v1/jobs/{kind}`: the body is the arguments, the query the options.
    ///
    /// - Throws: ``Problem`` that lists all that is wrong with arguments and options.
    static func one(_ request: Request, kind name: String, catalogue: JobCatalogue) async throws -> JobCall {
        guard let kind = catalogue.arguments(of: name) else { throw Problem.unknownKind(known: catalogue.kindNames) }
        let body = try await RequestBody(request, upTo: JobRequest.maximumBytes)
        let (options, optionFaults) = JobOptions.read(request)
        let (job, faults) = JobRequest.read(kind, body.value, options)
        guard let job, optionFaults.isEmpty else { throw Problem.invalidArguments(faults + optionFaults) }
        return JobCall(
            jobs: [job],
            path: "/v1/jobs/\(name)",
            idempotencyKey: body.idempotencyKey,
            code: [options.code, body.bytes],
            isBulk: false
        )
    }

    /// `POST /v1/jobs`: `{"jobs": [{"kind": …, "arguments": {…}, …}, …]}`.
    ///
    /// - Throws: ``Problem`` that lists the first faults by index and field.
    static func many(_ request: Request, catalogue: JobCatalogue) async throws -> JobCall {
        let body = try await RequestBody(request, upTo: maximumBulkBytes)
        let kinds = Dictionary(uniqueKeysWithValues: catalogue.kinds.map { ($0.definition.name, $0) })
        let entries = try entries(of: body.value)
        let traceparent = JobOptions.traceparent(request.headers)
        var jobs: [JobRequest] = []
        jobs.reserveCapacity(entries.count)
        var faults: [BulkFault] = []
        for (index, entry) in entries.enumerated() {
            let (job, found) = read(entry, kinds, catalogue, traceparent)
            if let job, found.isEmpty { jobs.append(job) }
            faults += found.map { BulkFault(index: index, fault: $0) }
            if faults.count >= maximumFaults { break }
        }
        guard faults.isEmpty else { throw Problem.invalidJobs(Array(faults.prefix(maximumFaults))) }
        return JobCall(
            jobs: jobs,
            path: "/v1/jobs",
            idempotencyKey: body.idempotencyKey,
            code: [[], body.bytes],
            isBulk: true
        )
    }

    private static func entries(of value: JSONValue) throws -> [JSONValue] {
        let expected = "an object with an array of 1 to \(Ledger.maximumJobs) jobs, and nothing else"
        guard case .object(let members) = value, members.count == 1, case .array(let entries)? = members["jobs"] else {
            throw Problem.invalidArguments([
                ArgumentField.Fault(field: "jobs", expected: expected, got: "something else")
            ])
        }
        guard (1...Ledger.maximumJobs).contains(entries.count) else {
            throw Problem.invalidArguments([
                ArgumentField.Fault(field: "jobs", expected: expected, got: "\(entries.count) jobs")
            ])
        }
        return entries
    }

    private static func read(
        _ entry: JSONValue,
        _ kinds: [String: any JobArguments.Type],
        _ catalogue: JobCatalogue,
        _ traceparent: String?
    ) -> (JobRequest?, [ArgumentField.Fault]) {
        guard case .object(let members) = entry else {
            return (nil, [ArgumentField.Fault(field: "", expected: "a JSON object", got: entry.typeName)])
        }
        var (options, faults) = JobOptions.read(members)
        options.traceparent = traceparent
        if let other = members.keys.sorted().first(where: { !Self.members.contains($0) }) {
            let expected = "only \(Self.members.sorted().joined(separator: ", "))"
            faults.append(
                ArgumentField.Fault(field: String(other.prefix(100)), expected: expected, got: "an unknown member")
            )
        }
        guard case .string(let name)? = members["kind"], let kind = kinds[name] else {
            let expected = "one of \(catalogue.kindNames.joined(separator: ", "))"
            let got =
                if case .string? = members["kind"] { "another one" } else { members["kind"]?.typeName ?? "nothing" }
            return (nil, faults + [ArgumentField.Fault(field: "kind", expected: expected, got: got)])
        }
        let (job, wrong) = JobRequest.read(kind, members["arguments"] ?? .object([:]), options)
        faults += wrong.map { fault in
            let field = fault.field.isEmpty ? "arguments" : "arguments.\(fault.field)"
            return ArgumentField.Fault(field: field, expected: fault.expected, got: fault.got)
        }
        return (job, faults)
    }
}

/// A fault of one job of many.
struct BulkFault: Sendable {
    /// Its place in the array, from 0.
    let index: Int
    let fault: ArgumentField.Fault
}
