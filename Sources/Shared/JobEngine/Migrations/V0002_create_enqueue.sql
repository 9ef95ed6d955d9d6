-- The door for any language that speaks SQL. The caller needs EXECUTE on relais.enqueue and relais.job_state and
-- nothing else; the job exists exactly if his transaction commits.
CREATE FUNCTION relais.enqueue(
    kind text,
    arguments jsonb DEFAULT '{}',
    run_at timestamptz DEFAULT NULL,
    deadline timestamptz DEFAULT NULL,
    subject bigint DEFAULT NULL,
    traceparent text DEFAULT NULL
) RETURNS uuid
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    definition relais.kind;
    resolved record;
    job uuid;
BEGIN
    SELECT k.* INTO definition FROM relais.kind k WHERE k.name = kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('relais.enqueue: expected a known kind, got %L', left(kind, 100)),
            HINT = 'Known kinds: ' || coalesce((SELECT string_agg(k.name, ', ' ORDER BY k.name) FROM relais.kind k),
                'none, run "producer migrate"');
    END IF;
    IF jsonb_typeof(arguments) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('relais.enqueue: expected arguments to be a JSON object, got %s',
                coalesce(jsonb_typeof(arguments), 'NULL'));
    END IF;
    IF octet_length(arguments::text) > 65536 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('relais.enqueue: expected at most 65536 bytes of arguments, got %s',
                octet_length(arguments::text)),
            HINT = 'Jobs carry ids; leave the content in a table that the job can read.';
    END IF;
    IF definition.resolver IS NOT NULL THEN
        EXECUTE format('SELECT r.arguments, r.subject, r.deadline FROM %s($1) r',
                definition.resolver::regproc) INTO resolved USING arguments;
        arguments := resolved.arguments;
        subject := coalesce(subject, resolved.subject);
        deadline := coalesce(deadline, resolved.deadline);
    END IF;

    INSERT INTO relais.job (kind, queue, arguments, subject, run_at, deadline, traceparent)
    VALUES (kind, definition.queue, arguments, subject, coalesce(run_at, clock_timestamp()), deadline, traceparent)
    RETURNING id INTO job;

    -- A caller that commits asynchronously would be told "committed" for a job that a crash forgets.
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    -- NOTIFY takes a lock of the whole database through the commit, so it is sent only when no relay is awake: an
    -- awake relay holds this lock exclusively (Relay.swift) and looks by itself.
    IF pg_try_advisory_xact_lock_shared(7253, 1) THEN
        PERFORM pg_notify('relais_due', '');
    END IF;
    RETURN job;
END
$$;

-- What became of a job, for the role that enqueued it; NULL when it is unknown or its time is over.
CREATE FUNCTION relais.job_state(id uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT j.state FROM relais.job j WHERE j.id = $1
    UNION ALL
    SELECT f.state FROM relais.job_finished f WHERE f.id = $1
    LIMIT 1
$$;

REVOKE ALL ON FUNCTION relais.enqueue(text, jsonb, timestamptz, timestamptz, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION relais.job_state(uuid) FROM PUBLIC;
