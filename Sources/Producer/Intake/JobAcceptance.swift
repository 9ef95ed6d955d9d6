import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// Takes a checked call into the ledger: the key, the caller's rights and the jobs in one transaction.
struct JobAcceptance: Sendable {
    /// The answer, and whether it is that of an earlier request.
    struct Receipt: Sendable {
        let answer: KeptAnswer
        let isReplay: Bool
    }

    let database: PostgresPool
    let secret: SharedSecret
    let limit: WaitingLimit
    /// Woken once the jobs are committed: the relay of this process need not be told by the database.
    let due: WakeUp
    private let turns = KeyTurns()
    private let group: EnqueueGroup

    /// A caller has a visitor waiting; then it hears 503 and repeats.
    private static let timeout: Duration = .seconds(5)
    /// Nobody waits in front of a screen for a bulk, and ten thousand jobs take seconds on a machine that has much to do.
    private static let bulkTimeout: Duration = .seconds(30)
    /// How long a call waits for a transaction that has enqueued one of its unique keys: the platform may leave one open.
    private static let patience: Duration = .seconds(1)

    /// Thrown to roll back what a request has written that is answered without a job.
    private struct Replay: Error {
        let answer: KeptAnswer
    }

    init(database: PostgresPool, secret: SharedSecret, limit: WaitingLimit, due: WakeUp) {
        self.database = database
        self.secret = secret
        self.limit = limit
        self.due = due
        group = EnqueueGroup(database: database, patience: Self.patience, timeout: Self.timeout)
    }

    func accept(_ call: JobCall, from caller: Caller) async throws -> Receipt {
        let turn = call.idempotencyKey.map { KeyTurns.Key(token: caller.token, path: call.path, key: $0) }
        return try await turns.run(turn) { try await take(call, from: caller) }
    }

    /// Takes one job in a transaction with what `writes` writes for it: both are there, or neither.
    func accept(
        _ arguments: some JobArguments,
        subject: Int64?,
        traceparent: String?,
        _ writes: @Sendable (JobID, PostgresConnection) async throws -> Void
    ) async throws -> JobID {
        let queues = [type(of: arguments).definition.queue]
        let job = try NewJob(arguments, subject: subject, traceparent: traceparent)
        await limit.look(queues)
        let id = try await database.transaction(as: "accept job", timeout: Self.timeout) { connection in
            try await limit.admit(queues)
            guard let made = try await Self.enqueue([job], on: connection).first else {
                throw LedgerError.unexpectedAnswer("enqueue: expected one id, got no row")
            }
            try await writes(made.id, connection)
            return made.id
        }
        due.signal()
        return id
    }

    /// What needs nothing of its own transaction shares one with others.
    private func takeTogether(_ job: NewJob, of call: JobCall, _ queues: [String]) async throws -> Receipt {
        try await limit.admit(queues)
        do {
            let made = try await group.enqueue(job)
            due.signal()
            return Receipt(answer: call.answer([made]), isReplay: false)
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw Problem.uniqueKeyInUse
        }
    }

    private func take(_ call: JobCall, from caller: Caller) async throws -> Receipt {
        let idempotency = call.idempotencyKey.map { key in
            Idempotency(
                token: caller.token,
                path: call.path,
                key: key,
                requestCode: secret.code(ofRequest: call.code)
            )
        }
        let queues = call.jobs.map { $0.kind.definition.queue }
        await limit.look(queues)
        if idempotency == nil, !call.isBulk, let job = try ExportRights.unrestricted(call).first {
            return try await takeTogether(job, of: call, queues)
        }
        do {
            let timeout = call.isBulk ? Self.bulkTimeout : Self.timeout
            let answer = try await database.transaction(as: "accept job", timeout: timeout) { connection in
                switch try await idempotency?.claim(on: connection) {
                case .answered(let answer): throw Replay(answer: answer)
                case .otherRequest: throw Problem.keyReused
                case .new, nil: break
                }
                // Only now: a call that is repeated gets its answer however full the queue is.
                try await limit.admit(queues)
                let jobs = try await ExportRights.jobs(for: call, on: connection)
                let made = try await Self.enqueue(jobs, on: connection)
                let answer = call.answer(made)
                try await idempotency?.keep(answer, on: connection)
                return answer
            }
            due.signal()
            return Receipt(answer: answer, isReplay: false)
        } catch let replay as Replay {
            return Receipt(answer: replay.answer, isReplay: true)
        }
    }

    private static func enqueue(_ jobs: [NewJob], on connection: PostgresConnection) async throws -> [EnqueuedJob] {
        do {
            return try await Ledger.enqueue(jobs, on: connection, patience: patience)
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw Problem.uniqueKeyInUse
        }
    }
}

extension JobCall {
    /// The same for every job of a kind: nothing in it tells whether an account exists.
    fileprivate func answer(_ made: [EnqueuedJob]) -> KeptAnswer {
        let documents = zip(jobs, made).map { job, made -> JSONValue in
            .object([
                "id": .string(made.id.description),
                "kind": .string(job.kind.definition.name),
                "state": .string(JobState.pending.rawValue),
                "existing": .boolean(made.isExisting),
                "href": .string("/v1/jobs/\(made.id)"),
            ])
        }
        return KeptAnswer(
            status: Int(HTTPResponse.Status.accepted.code),
            location: isBulk ? nil : made.first.map { "/v1/jobs/\($0.id)" },
            body: JSONBody.text(isBulk ? .object(["jobs": .array(documents)]) : documents.first ?? .null) + "\n"
        )
    }
}
