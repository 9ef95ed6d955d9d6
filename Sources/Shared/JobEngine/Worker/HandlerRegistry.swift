import Foundation
import Postgres

/// The handlers of a worker process, by kind.
package struct HandlerRegistry: Sendable {
    /// A handler with its arguments' type erased.
    struct Entry: Sendable {
        let definition: KindDefinition
        let perform: @Sendable (JobContext) async throws -> JobOutcome
        let isOutage: @Sendable (any Error) -> Bool
    }

    private(set) var entries: [String: Entry] = [:]

    package init() {}

    /// Adds the handler of a kind; a second one for the same kind replaces the first.
    package mutating func register<Handler: JobHandler>(_ handler: Handler) {
        let definition = Handler.Arguments.definition
        let perform: @Sendable (JobContext) async throws -> JobOutcome = { context in
            let arguments: Handler.Arguments
            do {
                // A handler may rely on the limits that callers are held to, and the row may come from another release.
                let given = try context.job.arguments.decode([String: JSONValue].self)
                let faults = Self.faults(of: Handler.Arguments.self, in: given)
                guard faults.isEmpty else {
                    return .discard(because: "arguments: \(faults.map(\.words).joined(separator: "; "))")
                }
                arguments = try context.job.arguments.decode(Handler.Arguments.self)
            } catch {
                // The decoder's words may quote the value, so only the place is told.
                return .discard(because: "arguments: expected those of \(definition.name), \(Self.place(of: error))")
            }
            return try await handler.perform(arguments, in: context)
        }
        entries[definition.name] = Entry(definition: definition, perform: perform, isOutage: handler.isOutage)
    }

    /// Where a resolver has replaced what the caller gave, the rules across fields were his.
    private static func faults<Arguments: JobArguments>(
        of kind: Arguments.Type,
        in given: [String: JSONValue]
    ) -> [ArgumentField.Fault] {
        kind.definition.resolver == nil
            ? kind.faults(in: given) : ArgumentField.faults(in: given, fields: kind.fields)
    }

    private static func place(of error: any Error) -> String {
        let path: [any CodingKey]
        switch error as? DecodingError {
        case .typeMismatch(_, let context): path = context.codingPath
        case .valueNotFound(_, let context): path = context.codingPath
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        case .dataCorrupted(let context): path = context.codingPath
        default: path = []
        }
        let name = path.map(\.stringValue).joined(separator: ".")
        return name.isEmpty ? "got something else" : "got something else or nothing at '\(name)'"
    }
}
