import Foundation
import Logging
import Postgres

/// Carries replays on, about once a second, from the chores of any producer: judges what was tried, stops or sends the
/// next jobs back. All of a turn is one transaction, so a crash loses nothing and repeats nothing.
struct ReplayTurn: Sendable {
    let ledger: Ledger
    let logger: Logger

    /// Jobs sent back in one turn at most.
    private static let batchSize = 1000

    func run() async throws {
        for row in try await ledger.durable.query(ReplaySQL.running) {
            let replay = try row.decode("id", as: Int64.self)
            try await SupersedeSQL.takingKeys { keepingKeys in
                try await ledger.durable.transaction(as: "carry replay on", timeout: .seconds(30)) { connection in
                    try await turn(replay, keepingKeys, on: connection)
                }
            }
        }
    }

    private func turn(_ replay: Int64, _ keepingKeys: Bool, on connection: PostgresConnection) async throws {
        guard let held = try await connection.query(ReplaySQL.lock(replay)).first else { return }
        _ = try await connection.execute(ReplaySQL.judge(replay))
        guard let counts = try await connection.query(ReplaySQL.counts(replay)).first else { return }
        let judgement = ReplayJudgement(
            frozen: try counts.decode("frozen"),
            waiting: try counts.decode("released", as: Int.self) - counts.decode("ended", as: Int.self)
                - counts.decode("failed", as: Int.self),
            failed: try counts.decode("failed"),
            ended: try counts.decode("ended"),
            failureLimit: try held.decode("failure_limit"),
            judgedFrom: try held.decode("judged_from")
        )
        switch judgement.verdict {
        case .done:
            _ = try await connection.query(ReplaySQL.end(replay, state: "done", because: nil))
        case .wait:
            return
        case .stop(let reason):
            _ = try await connection.query(ReplaySQL.end(replay, state: "stopped", because: reason))
            let act = Act(actor: "relais", reason: reason)
            try await Ledger.audit(act.entry("replay.stop", on: "replay:\(replay)"), on: connection)
            logger.error("A replay stopped by itself", metadata: [LogKey.reason: "\(reason)"])
        case .release:
            try await release(replay, tokens: held.decode("tokens"), keepingKeys, on: connection)
        }
    }

    private func release(
        _ replay: Int64,
        tokens: Double,
        _ keepingKeys: Bool,
        on connection: PostgresConnection
    ) async throws {
        let limit = min(Int(roundingDown: tokens), Self.batchSize)
        guard limit > 0 else { return }
        let rows = try await connection.query(ReplaySQL.next(replay, limit: limit))
        let ids = try rows.map { try $0.decode("job", as: UUID.self) }
        let back = try await connection.query(JobActSQL.sendBack(ids, keepingKeys: keepingKeys)).map { row in
            try row.decode("id", as: UUID.self)
        }
        _ = try await connection.execute(ReplaySQL.released(ids, back: back, of: replay))
        _ = try await connection.execute(ReplaySQL.spend(tokens: tokens - Double(ids.count), of: replay))
        _ = try await connection.query(JobActSQL.wakeRelay)
    }
}

/// Whether a replay goes on: the pure decision.
struct ReplayJudgement: Sendable {
    enum Verdict: Equatable {
        case release
        /// All is sent back and not all has its outcome.
        case wait
        case done
        case stop(String)
    }

    let frozen: Int
    /// Sent back and neither ended nor failed again.
    let waiting: Int
    let failed: Int
    let ended: Int
    let failureLimit: Double
    let judgedFrom: Int

    var verdict: Verdict {
        let tried = failed + ended
        if frozen == 0 { return waiting == 0 ? .done : .wait }
        if tried >= judgedFrom, Double(failed) > failureLimit * Double(tried) {
            let share = Int((failureLimit * 100).rounded())
            return .stop("\(failed) of \(tried) jobs failed again, more than \(share) %; \(frozen) stay dead")
        }
        return .release
    }
}
