-- Schedules, and what retention needs.

-- Written by `producer migrate` from the catalogue, which never overwrites `enabled`: that is the operators'.
CREATE TABLE relais.schedule (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    kind text NOT NULL REFERENCES relais.kind,
    arguments jsonb NOT NULL,
    -- Five fields of cron, and the IANA name of the time zone whose wall clock they mean.
    expression text NOT NULL,
    zone text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    -- The first tick that has not fired. Whoever moves it on, in the transaction of the enqueue, has fired it: the others
    -- find it moved and enqueue nothing.
    next_tick timestamptz NOT NULL,
    -- The tick that fired last, and when it did; NULL: none yet.
    last_tick timestamptz,
    last_fired_at timestamptz,
    -- The job of the last tick or of an operator's "run now".
    last_job uuid
);

-- Drops at most `at_most` days of finished jobs that ended before `instant`, and answers how many. A day is dropped under
-- a lock that every finish needs: it is taken within 200 ms or left for the next time, because whoever waits for it lets
-- all finishes wait behind him.
CREATE FUNCTION relais.drop_partitions(instant timestamptz, at_most int) RETURNS int
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET lock_timeout = '200ms'
AS $$
DECLARE
    partition name;
    dropped int := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'relais.job_ended'::regclass AND c.relname ~ '^job_ended_[0-9]{8}$'
          AND (to_date(substr(c.relname, 11), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC' <= instant
        ORDER BY c.relname LIMIT at_most
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE relais.%I', partition);
            dropped := dropped + 1;
        EXCEPTION WHEN lock_not_available OR undefined_table THEN
            -- Somebody uses it, or another producer has dropped it.
            EXIT;
        END;
    END LOOP;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION relais.drop_partitions FROM PUBLIC;

-- What retention reads by; job_ended_otherwise holds days for which no partition was ready.
CREATE INDEX job_ended_otherwise_finished ON relais.job_ended_otherwise (finished_at);
