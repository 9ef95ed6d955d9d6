import Postgres
import TestSupport

@testable import JobEngine

extension WorkersWorld {
    /// Runs a claimed sweep whose session dies while its second chunk enqueues, as it does with its process.
    func killedInItsSecondChunk(_ job: ClaimedJob) async throws -> JobRecord {
        try await database.withConnection { other in
            try await other.run(script: "BEGIN; LOCK TABLE relais.progress IN EXCLUSIVE MODE")
            let running = Task { try await worker.run(job) }
            // It tells how far it is once the first chunk has committed.
            try await untilSomebodyWaits(for: "relais.progress")
            try await database.withConnection { third in
                try await third.run(script: "BEGIN; LOCK TABLE relais.job IN SHARE MODE")
                try await other.run(script: "COMMIT")
                try await untilSomebodyWaits(for: "relais.job")
                try await third.run(
                    script: """
                        SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                        WHERE d.datname = current_database() AND l.relation = 'relais.job'::regclass AND NOT l.granted;
                        COMMIT
                        """
                )
            }
            return try await running.value
        }
    }
}
