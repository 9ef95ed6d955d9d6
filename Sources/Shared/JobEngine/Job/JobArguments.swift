/// The typed arguments of one kind: what the handler receives, and what intake checks before it accepts a job.
package protocol JobArguments: Codable, Sendable {
    static var definition: KindDefinition { get }
    /// The fields that a caller may give.
    static var fields: [ArgumentField] { get }
    /// What is wrong with the fields taken together, once each by itself is right. None by default.
    static func crossFieldFaults(in arguments: [String: JSONValue]) -> [ArgumentField.Fault]
}

extension JobArguments {
    package static func crossFieldFaults(in arguments: [String: JSONValue]) -> [ArgumentField.Fault] { [] }

    /// All that is wrong with a request's arguments; empty when they may be enqueued.
    package static func faults(in arguments: [String: JSONValue]) -> [ArgumentField.Fault] {
        let faults = ArgumentField.faults(in: arguments, fields: fields)
        return faults.isEmpty ? crossFieldFaults(in: arguments) : faults
    }
}
