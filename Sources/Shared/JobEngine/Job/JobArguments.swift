/// The typed arguments of one kind: what the handler receives, and what intake checks before it accepts a job.
package protocol JobArguments: Codable, Sendable {
    static var definition: KindDefinition { get }
    /// The fields that a caller may give, by which `ArgumentField.validate` judges a request.
    static var fields: [ArgumentField] { get }
}
