import HTTPTypes
import Hummingbird
import JobEngine

/// `/v1/queues`: what stands in them, and how operators steer them.
struct QueuesController: Sendable {
    let ledger: Ledger
    let authentication: Authentication

    private static let settings = ["paused", "slots", "running_limit", "rate"]

    func register(_ routes: Routes) {
        routes.serve("/v1/queues", [.get: list])
        routes.serve("/v1/queues/:queue", [.get: show, .patch: change])
    }

    @Sendable private func list(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        return JSONBody.response(.ok, .object(["queues": .array(try await ledger.queues().map(\.document))]))
    }

    @Sendable private func show(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.operator, .viewer])
        guard let queue = try await ledger.queue(context.parameters.get("queue") ?? "") else {
            throw try await unknown()
        }
        return JSONBody.response(.ok, queue.document)
    }

    /// `PATCH /v1/queues/{queue}` with some of paused, slots, running_limit and rate; null takes a limit away.
    @Sendable private func change(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.operator])
        let body = try await ActRequest(request, from: caller, only: Self.settings)
        let change = try Self.change(body.members)
        guard let queue = try await ledger.change(context.parameters.get("queue") ?? "", change, body.act) else {
            throw try await unknown()
        }
        return JSONBody.response(.ok, queue.document)
    }

    private func unknown() async throws -> Problem {
        .unknownQueue(known: try await ledger.queues().map(\.name))
    }

    private static func change(_ members: [String: JSONValue]) throws -> QueueChange {
        var change = QueueChange()
        var faults: [ArgumentField.Fault] = []
        func refuse(_ field: String, _ expected: String, _ value: JSONValue) {
            faults.append(ArgumentField.Fault(field: field, expected: expected, got: value.typeName))
        }
        func number(_ field: String, _ range: ClosedRange<Int>) -> QueueChange.Setting<Int> {
            switch members[field] {
            case nil: return .keep
            case .null: return .clear
            case .integer(let value)? where range.contains(Int(clamping: value)): return .set(Int(clamping: value))
            case let other?:
                refuse(field, "an integer from \(range.lowerBound) to \(range.upperBound), or null", other)
                return .keep
            }
        }
        switch members["paused"] {
        case nil: break
        case .boolean(let isPaused)?: change.isPaused = isPaused
        case let other?: refuse("paused", "a boolean", other)
        }
        change.slots = number("slots", QueueChange.slotsRange)
        change.runningLimit = number("running_limit", QueueChange.runningLimitRange)
        switch members["rate"] {
        case nil: break
        case .null: change.rate = .clear
        case .string(let text)?:
            if let rate = Rate(text) {
                change.rate = .set(rate)
            } else {
                refuse("rate", Rate.form, .string(text))
            }
        case let other?: refuse("rate", Rate.form, other)
        }
        if faults.isEmpty && change.isEmpty {
            let expected = "at least one of \(settings.joined(separator: ", "))"
            faults.append(ArgumentField.Fault(field: "", expected: expected, got: "none"))
        }
        guard faults.isEmpty else { throw Problem.invalidAct(faults) }
        return change
    }
}
