import Foundation
import Postgres

/// Statements about living and dead processes.
enum ProcessSQL {
    /// Registers a process and takes its liveness lock in the same statement: between the two the chores would see a
    /// process without a lock.
    static func register(_ identity: ProcessIdentity) -> SQL {
        """
        WITH process AS (
            INSERT INTO relais.process (role, host, os_pid, application_name)
            VALUES (\(identity.role.rawValue), \(identity.host), \(identity.osPID), \(identity.applicationName))
            RETURNING id, lock_key
        ), beat AS (
            INSERT INTO relais.process_beat (process) SELECT id FROM process
        )
        SELECT id, pg_try_advisory_lock(7254, lock_key) AS locked FROM process
        """
    }

    /// Takes a new lock after the session was lost. The old key may still be held by a dead TCP connection.
    static func relock(_ process: Int64) -> SQL {
        """
        WITH process AS (
            UPDATE relais.process
            SET lock_key = nextval('relais.process_lock_key'), locked_at = clock_timestamp()
            WHERE id = \(process) RETURNING id, lock_key
        ), beat AS (
            UPDATE relais.process_beat SET beat_at = clock_timestamp() WHERE process = \(process)
        )
        SELECT id, pg_try_advisory_lock(7254, lock_key) AS locked FROM process
        """
    }

    /// Zero rows: the process was declared dead.
    static func beat(_ process: Int64) -> SQL {
        "UPDATE relais.process_beat SET beat_at = clock_timestamp() WHERE process = \(process)"
    }

    static func unregister(_ process: Int64) -> SQL {
        """
        DELETE FROM relais.process p WHERE p.id = \(process)
          AND NOT EXISTS (SELECT FROM relais.job WHERE process = \(process) AND state = 'running')
        """
    }

    /// What the ledger says runs in a process, for its comparison with what does.
    static func running(in process: Int64) -> SQL {
        """
        SELECT id, claim FROM relais.job
        WHERE process = \(process) AND state = 'running' AND claimed_at < clock_timestamp() - interval '10 s'
        """
    }

    /// Processes that show no sign of life. `lock_gone`: nobody holds the liveness lock. `frozen`: no beat for `limit`.
    ///
    /// After a database event every lock is gone and every beat is late without anybody having died, so for `limit`
    /// afterwards a lock from before it proves nothing, and no beat does. An event is a start of the server or, told by an
    /// unlogged table that is found empty, its crash or a failover. Beats are also late when the network was away, and then
    /// all our sessions are young.
    static func silent(limit: Duration) -> SQL {
        """
        WITH ours AS (
            SELECT min(backend_start) AS oldest FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE 'relais/%'
        ), noticed AS (
            INSERT INTO relais.server_event DEFAULT VALUES ON CONFLICT DO NOTHING RETURNING noticed_at
        ), event AS (
            SELECT max(at) AS at FROM (
                SELECT pg_postmaster_start_time() AS at
                UNION ALL SELECT noticed_at FROM relais.server_event UNION ALL SELECT noticed_at FROM noticed
            ) AS events
        ), held AS (
            SELECT objid FROM pg_locks
            WHERE locktype = 'advisory' AND classid = 7254 AND objsubid = 2 AND granted
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        )
        SELECT p.id, p.role, p.host, p.os_pid,
            p.lock_key::oid NOT IN (SELECT objid FROM held)
                AND (event.at < p.locked_at
                    OR event.at < clock_timestamp() - make_interval(secs => \(limit.inSeconds))) AS lock_gone,
            b.beat_at < clock_timestamp() - make_interval(secs => \(limit.inSeconds))
                AND event.at < clock_timestamp() - make_interval(secs => \(limit.inSeconds))
                AND ours.oldest < clock_timestamp() - make_interval(secs => \(limit.inSeconds)) AS frozen
        FROM relais.process p JOIN relais.process_beat b ON b.process = p.id CROSS JOIN ours
            CROSS JOIN event
        WHERE p.lock_key::oid NOT IN (SELECT objid FROM held)
           OR b.beat_at < clock_timestamp() - make_interval(secs => \(limit.inSeconds))
        """
    }
}
