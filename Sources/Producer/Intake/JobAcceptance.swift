import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// Takes a checked request into the ledger: the key, the caller's rights and the job in one transaction.
struct JobAcceptance: Sendable {
    /// The answer, and whether it is that of an earlier request.
    struct Receipt: Sendable {
        let answer: KeptAnswer
        let isReplay: Bool
    }

    let database: PostgresPool
    let secret: SharedSecret
    /// Woken once the job is committed: the relay of this process need not be told by the database.
    let due: WakeUp

    /// A caller has a visitor waiting; then it hears 503 and repeats.
    private static let timeout: Duration = .seconds(5)

    /// Thrown to roll back what a request has written that is answered without a job.
    private struct Replay: Error {
        let answer: KeptAnswer
    }

    func accept(_ request: JobRequest, from caller: Caller) async throws -> Receipt {
        let kind = request.kind.definition.name
        let idempotency = request.idempotencyKey.map { key in
            Idempotency(
                token: caller.token,
                path: "/v1/jobs/\(kind)",
                key: key,
                requestCode: secret.code(ofRequest: [request.options.code, request.body])
            )
        }
        do {
            let answer = try await database.transaction(as: "accept job", timeout: Self.timeout) { connection in
                switch try await idempotency?.claim(on: connection) {
                case .answered(let answer): throw Replay(answer: answer)
                case .otherRequest: throw Problem.keyReused
                case .new, nil: break
                }
                let job = try await ExportRights.job(for: request, on: connection)
                let id = try await Ledger.enqueue(job, on: connection)
                let answer = Self.answer(id: id, kind: kind)
                try await idempotency?.keep(answer, on: connection)
                return answer
            }
            due.signal()
            return Receipt(answer: answer, isReplay: false)
        } catch let replay as Replay {
            return Receipt(answer: replay.answer, isReplay: true)
        }
    }

    /// The same for every job of a kind: nothing in it tells whether an account exists.
    private static func answer(id: JobID, kind: String) -> KeptAnswer {
        let location = "/v1/jobs/\(id)"
        let body: JSONValue = .object([
            "id": .string(id.description),
            "kind": .string(kind),
            "state": .string(JobState.pending.rawValue),
            "href": .string(location),
        ])
        return KeptAnswer(
            status: Int(HTTPResponse.Status.accepted.code),
            location: location,
            body: JSONBody.text(body) + "\n"
        )
    }
}
