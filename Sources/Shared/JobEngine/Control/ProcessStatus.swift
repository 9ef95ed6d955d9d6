package import Foundation
import Postgres

/// A living process as operators see it.
package struct ProcessStatus: Sendable {
    package let number: Int64
    package let role: ProcessIdentity.Role
    package let host: String
    package let osPID: Int
    /// The queues that it serves, with its slots; empty for a producer.
    package let slots: [String: Int]
    package let registeredAt: Date
    /// Jobs that run in it.
    package let running: Int
    /// Since its last beat, in seconds; beats come every 10 s, and 45 s without one count as death.
    package let beatAge: Double
    /// An operator wants it to take nothing more.
    package let isQuietWanted: Bool
    /// It takes nothing more.
    package let isQuiet: Bool
    package let isStopping: Bool
    package let brokerAwaySince: Date?

    /// Nothing runs in it, so that a stop cuts nothing short. Of a process that is not quiet this may be over in the
    /// next moment.
    package var isSafeToStop: Bool { running == 0 }

    init(_ row: Row) throws {
        let role = try row.decode("role", as: String.self)
        guard let known = ProcessIdentity.Role(rawValue: role) else {
            throw LedgerError.unexpectedAnswer("role: expected a known one, got '\(role)'; is this binary older?")
        }
        self.role = known
        number = try row.decode("id")
        host = try row.decode("host")
        osPID = try row.decode("os_pid")
        slots = try row.decode("slots", as: JSON.self).decode([String: Int].self)
        registeredAt = try row.instant("registered_at")
        running = try row.decode("running")
        beatAge = try row.decode("beat_age")
        isQuietWanted = try row.optionalInstant("quiet_at") != nil
        isQuiet = try row.optionalInstant("quieted_at") != nil
        isStopping = try row.optionalInstant("stop_at") != nil
        brokerAwaySince = try row.optionalInstant("broker_away_since")
    }
}

/// What an operator asks of one worker process.
package enum ProcessRequest: String, Sendable, CaseIterable {
    /// Take nothing more; what runs goes on.
    case quiet
    /// Take jobs again.
    case wake
    /// The graceful stop of SIGTERM.
    case stop
}

extension Ledger {
    /// All living processes, workers first.
    package func processes() async throws -> [ProcessStatus] {
        try await durable.query(ProcessControlSQL.list).map(ProcessStatus.init)
    }

    /// Asks something of a worker process, which does it within a second. False, and nothing is written, when there is
    /// no such worker process.
    package func ask(_ request: ProcessRequest, of process: Int64, _ act: Act) async throws -> Bool {
        try await durable.transaction(as: "process.\(request.rawValue)", timeout: .seconds(10)) { connection in
            let statement =
                switch request {
                case .quiet: ProcessControlSQL.quiet(process)
                case .wake: ProcessControlSQL.wake(process)
                case .stop: ProcessControlSQL.stop(process)
                }
            guard try await !connection.query(statement).isEmpty else { return false }
            let entry = act.entry("process.\(request.rawValue)", on: "process:\(process)")
            try await Self.audit(entry, on: connection)
            _ = try await connection.query(QueueControlSQL.announce)
            return true
        }
    }
}
