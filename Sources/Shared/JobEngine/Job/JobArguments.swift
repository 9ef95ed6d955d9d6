/// The typed arguments of one kind: what the handler receives, and what intake checks before it accepts a job.
package protocol JobArguments: Codable, Sendable {
    static var definition: KindDefinition { get }
    /// The fields that a caller may give.
    static var fields: [ArgumentField] { get }
    /// What the fields must fulfil together. Nothing by default.
    static var rules: [ArgumentRule] { get }
}

extension JobArguments {
    package static var rules: [ArgumentRule] { [] }

    /// All that is wrong with a request's arguments; empty when they may be enqueued.
    package static func faults(in arguments: [String: JSONValue]) -> [ArgumentField.Fault] {
        let faults = ArgumentField.faults(in: arguments, fields: fields)
        return faults.isEmpty ? rules.compactMap { $0.fault(in: arguments) } : faults
    }
}
