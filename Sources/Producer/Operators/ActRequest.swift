import Foundation
import Hummingbird
import JobEngine

/// The body of an act over HTTP: a JSON object with a reason, and what the act wants.
struct ActRequest: Sendable {
    let act: Act
    let members: [String: JSONValue]

    private static let maximumBytes = 8192

    /// Reads the body of an act whose caller is known. `names` are the members beside `reason`.
    ///
    /// - Throws: ``Problem``.
    init(_ request: Request, from caller: Caller, only names: [String] = []) async throws {
        let body = try await RequestBody(request, upTo: Self.maximumBytes)
        guard case .object(let members) = body.value else {
            let fault = ArgumentField.Fault(field: "", expected: "a JSON object", got: body.value.typeName)
            throw Problem.invalidAct([fault])
        }
        var faults: [ArgumentField.Fault] = []
        var reason = ""
        switch members["reason"] {
        case .string(let text)?:
            reason = text
            faults += [AuditEntry.fault(inReason: text)].compactMap(\.self)
        case let other?:
            faults.append(ArgumentField.Fault(field: "reason", expected: "a string", got: other.typeName))
        case nil:
            faults += [AuditEntry.fault(inReason: nil)].compactMap(\.self)
        }
        for name in members.keys.sorted() where name != "reason" && !names.contains(name) {
            let expected = "only \((names + ["reason"]).joined(separator: ", "))"
            faults.append(
                ArgumentField.Fault(field: String(name.prefix(100)), expected: expected, got: "an unknown member")
            )
        }
        guard faults.isEmpty else { throw Problem.invalidAct(faults) }
        self.members = members
        act = Act(actor: caller.name, reason: reason)
    }
}
