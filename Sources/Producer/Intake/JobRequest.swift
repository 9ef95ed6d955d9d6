import JobEngine

/// One job that is asked for, checked: nothing of it has reached the database yet.
struct JobRequest: Sendable {
    let kind: any JobArguments.Type
    let arguments: [String: JSONValue]
    let options: JobOptions

    /// The same bound as that of `relais.enqueue`.
    static let maximumBytes = 65_536

    /// Checks one job; the faults are all that is wrong with its arguments.
    static func read(
        _ kind: any JobArguments.Type,
        _ value: JSONValue,
        _ options: JobOptions
    ) -> (JobRequest?, [ArgumentField.Fault]) {
        guard case .object(let arguments) = value else {
            return (nil, [ArgumentField.Fault(field: "", expected: "a JSON object", got: value.typeName)])
        }
        let faults = kind.faults(in: arguments)
        return (faults.isEmpty ? JobRequest(kind: kind, arguments: arguments, options: options) : nil, faults)
    }
}

/// What a call asks for: one job, or many of which all are taken or none.
struct JobCall: Sendable {
    let jobs: [JobRequest]
    /// Under which an `Idempotency-Key` belongs to the call.
    let path: String
    let idempotencyKey: String?
    /// What a repetition is compared with.
    let code: [[UInt8]]
    let isBulk: Bool
}
