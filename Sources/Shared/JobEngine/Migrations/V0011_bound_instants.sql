-- Instants of callers lie in the years 2000 to 9999, over SQL as over HTTP: what is earlier is a slip, and what is later or
-- BC no answer could write, since RFC 3339 has years of four digits. The doors refuse it, and not a constraint of the
-- table: a row from before this migration would then be refused by every update, and so be neither claimed nor finished.

-- Whether a caller may give this instant; NULL, which is none, too. `Instant.range` says the same.
CREATE FUNCTION relais.is_fitting(instant timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(instant BETWEEN '2000-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00', true)
$$;

CREATE FUNCTION relais.fitting_instant() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 'an instant from 2000 to 9999 such as 2026-09-01T07:00:00Z'
$$;

-- The functions below are those of V0005 but for the instants.

CREATE OR REPLACE FUNCTION relais.enqueue(
    kind text,
    arguments jsonb DEFAULT '{}',
    run_at timestamptz DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    unique_key text DEFAULT NULL,
    deadline timestamptz DEFAULT NULL,
    subject bigint DEFAULT NULL,
    traceparent text DEFAULT NULL
) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    jobs uuid[];
BEGIN
    IF NOT relais.is_fitting(run_at) OR NOT relais.is_fitting(deadline) THEN
        RAISE invalid_parameter_value USING MESSAGE = format('relais.enqueue: expected %s to be %s, got another one',
            CASE WHEN relais.is_fitting(run_at) THEN 'deadline' ELSE 'run_at' END, relais.fitting_instant());
    END IF;
    IF idempotency_key IS NOT NULL THEN
        -- Not the instants: callers count them from now(), which is another one in a repeated call.
        jobs := relais.claim_answer(coalesce(kind, ''), idempotency_key,
            jsonb_build_array(kind, arguments, unique_key, subject)::text);
        IF jobs IS NOT NULL THEN
            RETURN jobs[1];
        END IF;
    END IF;
    SELECT array_agg(made.id) INTO jobs FROM relais.enqueue_rows('relais.enqueue', ARRAY[kind], ARRAY[arguments],
        ARRAY[run_at], ARRAY[deadline], ARRAY[subject], ARRAY[traceparent], ARRAY[unique_key]) AS made;
    IF idempotency_key IS NOT NULL THEN
        UPDATE relais.enqueue_answer a SET jobs = jobs
        WHERE a.caller = session_user AND a.kind = coalesce(kind, '') AND a.key = idempotency_key;
    END IF;
    RETURN jobs[1];
END
$$;

-- Reads the fields of one job of relais.enqueue_many, to say which of them is wrong; never repeats a value.
CREATE OR REPLACE FUNCTION relais.check_new_job(job jsonb, place text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known text[] := ARRAY['kind', 'arguments', 'run_at', 'deadline', 'subject', 'traceparent', 'unique_key'];
    field text;
    expected text;
BEGIN
    IF jsonb_typeof(job) <> 'object' THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s: expected an object, got a JSON %s', place, jsonb_typeof(job));
    END IF;
    SELECT k INTO field FROM jsonb_object_keys(job) AS k WHERE k <> ALL (known) ORDER BY k LIMIT 1;
    IF FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s: expected only %s, got another member', place,
            array_to_string(known, ', '));
    END IF;
    FOREACH field IN ARRAY ARRAY['run_at', 'deadline', 'subject'] LOOP
        expected := CASE field WHEN 'subject' THEN 'an integer' ELSE relais.fitting_instant() END;
        BEGIN
            IF field = 'subject' THEN
                PERFORM (job ->> field)::bigint;
            ELSIF NOT relais.is_fitting((job ->> field)::timestamptz) THEN
                RAISE datetime_field_overflow;
            END IF;
        EXCEPTION WHEN data_exception THEN
            RAISE invalid_parameter_value USING MESSAGE = format('%s.%s: expected %s, got another text', place, field, expected);
        END;
    END LOOP;
END
$$;

-- Many jobs in one statement, all or none: an array of objects with the members of relais.enqueue, at most 10,000 of
-- them and 8 MiB. Answers their ids in the same order.
CREATE OR REPLACE FUNCTION relais.enqueue_many(jobs jsonb, idempotency_key text DEFAULT NULL) RETURNS SETOF uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    given record;
    made uuid[];
BEGIN
    IF jsonb_typeof(jobs) IS DISTINCT FROM 'array' THEN
        RAISE invalid_parameter_value USING MESSAGE = format('relais.enqueue_many: expected a JSON array, got %s',
            coalesce(jsonb_typeof(jobs), 'NULL'));
    ELSIF jsonb_array_length(jobs) > 10000 OR octet_length(jobs::text) > 8388608 THEN
        RAISE program_limit_exceeded USING MESSAGE = format(
            'relais.enqueue_many: expected at most 10000 jobs and 8388608 bytes, got %s jobs and %s bytes',
            jsonb_array_length(jobs), octet_length(jobs::text));
    ELSIF jsonb_array_length(jobs) = 0 THEN
        RETURN;
    END IF;
    IF idempotency_key IS NOT NULL THEN
        made := relais.claim_answer('', idempotency_key, (
            SELECT jsonb_agg(CASE WHEN jsonb_typeof(job) = 'object' THEN job - ARRAY['run_at', 'deadline', 'traceparent']
                ELSE job END)::text
            FROM jsonb_array_elements(jobs) AS job));
        IF made IS NOT NULL THEN
            RETURN QUERY SELECT unnest(made);
            RETURN;
        END IF;
    END IF;
    BEGIN
        SELECT array_agg(j.kind) AS kinds, array_agg(coalesce(j.arguments, '{}')) AS arguments,
            array_agg(j.run_at) AS run_ats, array_agg(j.deadline) AS deadlines, array_agg(j.subject) AS subjects,
            array_agg(j.traceparent) AS traceparents, array_agg(j.unique_key) AS unique_keys,
            bool_or(NOT (relais.is_fitting(j.run_at) AND relais.is_fitting(j.deadline))) AS is_outside
        INTO given
        FROM jsonb_to_recordset(jobs) AS j(kind text, arguments jsonb, run_at timestamptz, deadline timestamptz,
            subject bigint, traceparent text, unique_key text);
        IF given.is_outside OR EXISTS (
            SELECT FROM jsonb_array_elements(jobs) AS job
            WHERE job - ARRAY['kind', 'arguments', 'run_at', 'deadline', 'subject', 'traceparent', 'unique_key'] <> '{}')
        THEN
            RAISE data_exception;
        END IF;
    EXCEPTION WHEN data_exception THEN
        PERFORM relais.check_new_job(job, format('relais.enqueue_many: jobs[%s]', n - 1))
        FROM jsonb_array_elements(jobs) WITH ORDINALITY AS e(job, n) ORDER BY n;
        RAISE;
    END;
    SELECT array_agg(e.id ORDER BY e.ordinal) INTO made
    FROM relais.enqueue_rows('relais.enqueue_many', given.kinds, given.arguments, given.run_ats, given.deadlines,
        given.subjects, given.traceparents, given.unique_keys) AS e;
    IF idempotency_key IS NOT NULL THEN
        UPDATE relais.enqueue_answer a SET jobs = made
        WHERE a.caller = session_user AND a.kind = '' AND a.key = idempotency_key;
    END IF;
    RETURN QUERY SELECT unnest(made);
END
$$;

REVOKE ALL ON FUNCTION relais.is_fitting, relais.fitting_instant FROM PUBLIC;
