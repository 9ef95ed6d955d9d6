-- What operators may do while the system runs: pause, limits and rate per queue, quiet and stop per process, replay
-- of dead jobs; and the audit of every such act, written in its own transaction.

-- All of this gates the relay (and whoever claims without the broker), under the lock of the queue's row; never the
-- claim of a message: a refused claim would look like a stale message.
ALTER TABLE relais.queue
    ADD COLUMN paused_at timestamptz,
    -- Jobs that one worker process runs at once; NULL: as the process was started.
    ADD COLUMN slots int CHECK (slots BETWEEN 1 AND 1000),
    -- Jobs that run at once over all processes; NULL: no limit.
    ADD COLUMN running_limit int CHECK (running_limit BETWEEN 1 AND 100000),
    -- The rate: so many jobs in so many seconds, from a bucket that is refilled by the clock. It stands here and not in
    -- a relay, so that it holds for all of them and survives their restarts.
    ADD COLUMN rate_jobs int CHECK (rate_jobs BETWEEN 1 AND 1000000),
    ADD COLUMN rate_seconds int CHECK (rate_seconds IN (1, 60, 3600)),
    ADD COLUMN rate_tokens double precision NOT NULL DEFAULT 1,
    ADD COLUMN rate_filled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD CONSTRAINT rate_is_whole CHECK ((rate_jobs IS NULL) = (rate_seconds IS NULL));

-- What a bucket holds now. It never holds more than what `horizon` seconds bring, and at least one: a bucket as large
-- as its period would let twice the quota of a mail provider through within one period.
CREATE FUNCTION relais.bucket(
    jobs int, seconds int, tokens double precision, filled_at timestamptz, horizon double precision
) RETURNS double precision
    LANGUAGE sql VOLATILE
AS $$
    SELECT least(
        greatest(1, jobs::double precision / seconds * horizon),
        tokens + jobs::double precision / seconds * extract(epoch FROM clock_timestamp() - filled_at))
$$;

ALTER TABLE relais.process
    -- Asked for by an operator.
    ADD COLUMN quiet_at timestamptz,
    ADD COLUMN stop_at timestamptz,
    -- Said by the process itself: it takes nothing more, whatever comes.
    ADD COLUMN quieted_at timestamptz,
    -- Said by the process itself: since when it has no broker; NULL while it has.
    ADD COLUMN broker_away_since timestamptz;

-- One row, whose version goes up with every act that processes must learn of; they read it once a second.
CREATE TABLE relais.control (
    is_single boolean PRIMARY KEY DEFAULT true CHECK (is_single),
    version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 10);
INSERT INTO relais.control DEFAULT VALUES;

CREATE TABLE relais.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The name of a token, or cli:USER@HOST.
    actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
    action text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
    target text NOT NULL CHECK (length(target) BETWEEN 1 AND 200),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_target ON relais.audit (target, id);
CREATE INDEX audit_at ON relais.audit (at);

-- A set of dead jobs, frozen when it is ordered, that the chores send back at a stated rate: whoever walks the dead
-- while jobs die walks in circles.
CREATE TABLE relais.replay (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    reason text NOT NULL,
    filter jsonb NOT NULL,
    size int NOT NULL,
    rate_jobs int NOT NULL CHECK (rate_jobs BETWEEN 1 AND 1000000),
    rate_seconds int NOT NULL CHECK (rate_seconds IN (1, 60, 3600)),
    tokens double precision NOT NULL DEFAULT 1,
    filled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- It stops when more than this share of those that were tried again have failed again, once so many were tried.
    failure_limit double precision NOT NULL CHECK (failure_limit BETWEEN 0 AND 1),
    judged_from int NOT NULL CHECK (judged_from > 0),
    -- done: every job has its outcome.
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped')),
    ended_at timestamptz,
    ended_because text
);
CREATE TABLE relais.replay_job (
    replay bigint NOT NULL REFERENCES relais.replay ON DELETE CASCADE,
    job uuid NOT NULL,
    -- frozen: still dead, waits for its turn. released: sent back. skipped: was no longer dead when its turn came.
    state text NOT NULL DEFAULT 'frozen' CHECK (state IN ('frozen', 'released', 'skipped')),
    released_at timestamptz,
    -- What came of it: a first failure counts, though the job is tried on, or a broken day would be noticed hours later.
    outcome text CHECK (outcome IN ('ended', 'failed')),
    PRIMARY KEY (replay, job)
);
CREATE INDEX replay_job_frozen ON relais.replay_job (replay, job) WHERE state = 'frozen';
CREATE INDEX replay_job_tried ON relais.replay_job (replay) WHERE state = 'released' AND outcome IS NULL;
CREATE INDEX replay_job_job ON relais.replay_job (job);

-- The dead are listed by what killed them.
CREATE INDEX job_dead_finished ON relais.job_dead (finished_at);
