-- The ledger: every job is one row. Unfinished jobs stand in relais.job (hot), finished ones in relais.job_finished
-- (cold). Ids, counters and states are explained in JobTransition.swift, beside the code that moves them.

-- UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, so that new jobs go to the right edge of every index that leads
-- with the id. Bits 52 and 53 turn the version nibble 4 of gen_random_uuid() into 7.
CREATE FUNCTION relais.uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;

-- A class of work with one promise of speed. A relay holds the row's lock while it marks, so that two relays never
-- fill the same window twice.
CREATE TABLE relais.queue (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    window_size int NOT NULL DEFAULT 5000 CHECK (window_size > 0)
);

CREATE TABLE relais.kind (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$'),
    queue text NOT NULL REFERENCES relais.queue,
    -- A function (jsonb) RETURNS TABLE (arguments jsonb, subject bigint, deadline timestamptz) that replaces what the
    -- caller gave by what may be kept: the place where an identifier becomes an account id and is forgotten.
    resolver regprocedure
);

CREATE TABLE relais.job (
    id uuid PRIMARY KEY DEFAULT relais.uuid_v7(),
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'dispatched', 'running')),
    arguments jsonb NOT NULL,
    -- The account that the job is about, so that a person's traces can be found and erased.
    subject bigint,
    run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deadline timestamptz,
    batch bigint,
    process bigint,
    claim uuid,
    -- attempt only counts up; limits look at failures and crashes alone.
    attempt int NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    crashes int NOT NULL DEFAULT 0,
    snoozes int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dispatched_at timestamptz,
    -- The first claim fixes instants that a rescued run must keep (the sweep's).
    first_claimed_at timestamptz,
    claimed_at timestamptz,
    traceparent text,
    CHECK ((state = 'dispatched') = (batch IS NOT NULL)),
    CHECK ((state = 'running') = (claim IS NOT NULL AND process IS NOT NULL))
) WITH (
    -- The table is small and every row of it dies: vacuum early, on a count and not on a share.
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.0, autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX job_due ON relais.job (queue, run_at, id) WHERE state = 'pending';
CREATE INDEX job_dispatched ON relais.job (queue, batch) WHERE state = 'dispatched';
CREATE INDEX job_running ON relais.job (process) WHERE state = 'running';
CREATE INDEX job_subject ON relais.job (subject) WHERE subject IS NOT NULL;

-- Finished jobs. The dead are few and stay long; the others are many and their days are dropped whole.
CREATE TABLE relais.job_finished (
    id uuid NOT NULL,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL,
    reason text,
    result jsonb,
    arguments jsonb NOT NULL,
    subject bigint,
    run_at timestamptz NOT NULL,
    deadline timestamptz,
    process bigint,
    claim uuid,
    attempt int NOT NULL,
    failures int NOT NULL,
    crashes int NOT NULL,
    snoozes int NOT NULL,
    created_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    first_claimed_at timestamptz,
    claimed_at timestamptz,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    traceparent text
) PARTITION BY LIST (state);
CREATE INDEX job_finished_id ON relais.job_finished (id);
CREATE INDEX job_finished_subject ON relais.job_finished (subject) WHERE subject IS NOT NULL;

CREATE TABLE relais.job_dead PARTITION OF relais.job_finished FOR VALUES IN ('dead');
CREATE TABLE relais.job_ended PARTITION OF relais.job_finished FOR VALUES IN ('done', 'obsolete', 'cancelled')
    PARTITION BY RANGE (finished_at);
-- A finish must never fail for want of a day's partition: what the chores have not prepared lands here.
CREATE TABLE relais.job_ended_otherwise PARTITION OF relais.job_ended DEFAULT;

-- One row a failed or crashed attempt; neither argument nor DETAIL ever stands in the message.
CREATE TABLE relais.failure (
    job uuid NOT NULL,
    attempt int NOT NULL,
    ending text NOT NULL CHECK (ending IN ('failure', 'crash')),
    process bigint,
    claimed_at timestamptz,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    error_class text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (job, attempt)
);
CREATE INDEX failure_ended ON relais.failure (ended_at);

-- Progress changes often: a narrow table of its own keeps relais.job's wide rows from being rewritten.
CREATE TABLE relais.progress (
    job uuid PRIMARY KEY,
    claim uuid NOT NULL,
    done bigint NOT NULL CHECK (done >= 0),
    total bigint CHECK (total >= 0),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- The mail mark. A row in state 'handed-over' whose job runs again is the window that nobody can close: the outcome
-- is unknown, and the policy of the kind decides.
CREATE TABLE relais.mail (
    job uuid PRIMARY KEY,
    claim uuid NOT NULL,
    message_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('handed-over', 'accepted', 'unknown')),
    handovers int NOT NULL DEFAULT 1,
    handed_over_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    reply_code int,
    reply_enhanced text
);
CREATE INDEX mail_handed_over ON relais.mail (handed_over_at);

-- What a relay marked and published together. "Not yet confirmed" costs a row a batch, not one a job.
CREATE TABLE relais.dispatch_batch (
    batch bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    relay bigint NOT NULL,
    size int NOT NULL DEFAULT 0,
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz
);

-- Living processes. The advisory lock (7254, lock_key) is held by the process's own session: lock gone, process gone.
-- A process that lost its session takes a new key, because the old one may still be held by a dead TCP connection.
CREATE SEQUENCE relais.process_lock_key AS int CYCLE;
CREATE TABLE relais.process (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lock_key int NOT NULL DEFAULT nextval('relais.process_lock_key'),
    role text NOT NULL CHECK (role IN ('producer', 'workers')),
    host text NOT NULL,
    os_pid int NOT NULL,
    -- The application_name of all its sessions: they are terminated before its jobs are given back, so that a frozen
    -- process cannot commit what it had begun.
    application_name text NOT NULL,
    slots jsonb NOT NULL DEFAULT '{}',
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    locked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE relais.process_beat (
    process bigint PRIMARY KEY REFERENCES relais.process ON DELETE CASCADE,
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Makes the partitions of finished jobs for today and the days after it. Safe to run by many at once: the lock makes
-- the second caller find them there. Answers how many it made.
CREATE FUNCTION relais.prepare_partitions(days_ahead int) RETURNS int
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day date;
    partition text;
    made int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7253, 2);
    FOR ahead IN 0..days_ahead LOOP
        day := (clock_timestamp() AT TIME ZONE 'UTC')::date + ahead;
        partition := 'job_ended_' || to_char(day, 'YYYYMMDD');
        IF to_regclass('relais.' || partition) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE relais.%I PARTITION OF relais.job_ended FOR VALUES FROM (%L) TO (%L)',
                    partition,
                    day::timestamp AT TIME ZONE 'UTC',
                    (day + 1)::timestamp AT TIME ZONE 'UTC');
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                -- No chores ran for days and the default partition already holds this day: it keeps the day.
                NULL;
            END;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
SELECT relais.prepare_partitions(3);
