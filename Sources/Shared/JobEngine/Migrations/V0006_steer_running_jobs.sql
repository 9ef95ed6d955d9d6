-- What is asked of a running job and known of one that misbehaves: cancelling, crashes when alone, attempts that do not
-- end; and when the database itself went through something, so that nobody is blamed for it.

ALTER TABLE relais.job
    -- A running job is asked to end; whoever gives it back meanwhile ends it instead.
    ADD COLUMN cancel_requested_at timestamptz,
    ADD COLUMN cancel_reason text,
    -- From its second crash on a job waits until it is alone in its process; true once it is.
    ADD COLUMN alone boolean NOT NULL DEFAULT false,
    -- Crashes of a process in which nothing else ran: only these prove that the job is at fault.
    ADD COLUMN lone_crashes int NOT NULL DEFAULT 0,
    ADD CONSTRAINT only_running_jobs_are_asked CHECK (state = 'running' OR (cancel_requested_at IS NULL AND NOT alone));

-- Attempts that went on after they had been told to end. Their claims were given up, so they change nothing any more;
-- what they hold in their process they keep until it is started again.
CREATE TABLE relais.stuck_attempt (
    claim uuid PRIMARY KEY,
    job uuid NOT NULL,
    kind text NOT NULL,
    attempt int NOT NULL,
    process bigint NOT NULL REFERENCES relais.process ON DELETE CASCADE,
    reason text NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX stuck_attempt_process ON relais.stuck_attempt (process);

-- Unlogged on purpose: a crash of the server and a failover empty it, and so tell of themselves. Whoever finds it empty
-- writes the time of the event. A clean restart leaves it as it is; that is told by pg_postmaster_start_time().
CREATE UNLOGGED TABLE relais.server_event (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO relais.server_event DEFAULT VALUES;

-- How far a job is, for the role that enqueued it. No row: unknown, or its time is over. done is NULL unless it runs
-- and has said something.
CREATE FUNCTION relais.job_progress(id uuid)
    RETURNS TABLE (state text, done bigint, total bigint, reported_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT j.state, p.done, p.total, p.updated_at
    FROM relais.job j LEFT JOIN relais.progress p ON p.job = j.id AND p.claim = j.claim
    WHERE j.id = $1
    UNION ALL
    SELECT f.state, NULL, NULL, NULL FROM relais.job_finished f WHERE f.id = $1
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION relais.job_progress(uuid) FROM PUBLIC;
