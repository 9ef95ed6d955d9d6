-- Jobs without any key, most of a bulk, in one plain INSERT: the way through unique keys sorts them, asks for conflicts and
-- goes through the answers row by row, which took seven eighths of the time of a bulk.
--
-- Makes jobs of whole columns, all or none: the one place where rows of relais.job begin. One answer a job, `existing`
-- when its key was taken: then the id is that of the job that has it. Waits for other transactions that have inserted one
-- of the keys, as long as lock_timeout allows.
CREATE OR REPLACE FUNCTION relais.enqueue_rows(
    origin text, kinds text[], arguments jsonb[], run_ats timestamptz[], deadlines timestamptz[], subjects bigint[],
    traceparents text[], unique_keys text[]
) RETURNS TABLE (ordinal int, id uuid, existing boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    is_faulty boolean;
    is_resolved boolean;
    has_keys boolean;
    has_receipt boolean[] := array_fill(false, ARRAY[cardinality(kinds)]);
    fault record;
    one record;
    todo int[];
    again int[];
BEGIN
    SELECT bool_or(k.name IS NULL OR jsonb_typeof(g.arguments) IS DISTINCT FROM 'object'
            OR octet_length(g.arguments::text) > 65536 OR length(g.unique_key) NOT BETWEEN 1 AND 255),
        bool_or(k.resolver IS NOT NULL),
        bool_or(g.unique_key IS NOT NULL OR k.unique_span IS NOT NULL OR k.exclusive_by IS NOT NULL)
    INTO is_faulty, is_resolved, has_keys
    FROM unnest(kinds, arguments, unique_keys) AS g(kind, arguments, unique_key)
    LEFT JOIN relais.kind k ON k.name = g.kind;

    IF is_faulty THEN
        SELECT CASE WHEN k.name IS NULL THEN 'kind' WHEN length(g.unique_key) NOT BETWEEN 1 AND 255 THEN 'unique_key'
                ELSE 'arguments' END AS field,
            CASE WHEN k.name IS NULL THEN format('expected a known kind, got %L', left(g.kind, 100))
                WHEN jsonb_typeof(g.arguments) IS DISTINCT FROM 'object'
                    THEN format('expected arguments to be a JSON object, got %s', coalesce(jsonb_typeof(g.arguments), 'NULL'))
                WHEN octet_length(g.arguments::text) > 65536
                    THEN format('expected at most 65536 bytes of arguments, got %s', octet_length(g.arguments::text))
                ELSE format('expected a unique_key of 1 to 255 characters, got %s', length(g.unique_key)) END AS words,
            CASE WHEN k.name IS NULL THEN 'Known kinds: ' || coalesce(
                    (SELECT string_agg(known.name, ', ' ORDER BY known.name) FROM relais.kind known),
                    'none, run "producer migrate"')
                ELSE 'Jobs carry ids; leave the content in a table that the job can read.' END AS hint,
            g.n
        INTO fault
        FROM unnest(kinds, arguments, unique_keys) WITH ORDINALITY AS g(kind, arguments, unique_key, n)
        LEFT JOIN relais.kind k ON k.name = g.kind
        WHERE k.name IS NULL OR jsonb_typeof(g.arguments) IS DISTINCT FROM 'object'
            OR octet_length(g.arguments::text) > 65536 OR length(g.unique_key) NOT BETWEEN 1 AND 255
        ORDER BY g.n LIMIT 1;
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN fault.words LIKE 'expected at most%' THEN 'program_limit_exceeded'
                ELSE 'invalid_parameter_value' END,
            MESSAGE = origin || CASE WHEN origin = 'relais.enqueue' THEN ''
                ELSE format(': jobs[%s].%s', fault.n - 1, fault.field) END || ': ' || fault.words,
            HINT = fault.hint;
    END IF;

    IF is_resolved THEN
        FOR fault IN
            SELECT DISTINCT k.name, k.resolver FROM unnest(kinds) AS g(kind) JOIN relais.kind k ON k.name = g.kind
            WHERE k.resolver IS NOT NULL
        LOOP
            FOR one IN EXECUTE format(
                'SELECT g.n, r.* FROM unnest($1, $2) WITH ORDINALITY AS g(kind, arguments, n)
                 CROSS JOIN LATERAL %s(g.kind, g.arguments) AS r WHERE g.kind = $3', fault.resolver::regproc)
                USING kinds, arguments, fault.name
            LOOP
                arguments[one.n] := one.arguments;
                subjects[one.n] := coalesce(subjects[one.n], one.subject);
                deadlines[one.n] := coalesce(deadlines[one.n], one.deadline);
                -- Only who asks by an identifier gets a receipt: an id of an account tells nothing to whoever has it.
                has_receipt[one.n] := one.unique_key IS NOT NULL;
                unique_keys[one.n] := coalesce(unique_keys[one.n], one.unique_key);
            END LOOP;
        END LOOP;
    END IF;

    -- A resolver may have set one.
    IF NOT has_keys AND (NOT is_resolved OR array_remove(unique_keys, NULL) = '{}') THEN
        RETURN QUERY
            WITH given AS MATERIALIZED (
                SELECT g.n, relais.uuid_v7() AS id, g.kind, k.queue, g.arguments, g.subject,
                    coalesce(g.run_at, clock_timestamp()) AS run_at, g.deadline,
                    CASE WHEN octet_length(g.traceparent) = 55
                            AND g.traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' THEN g.traceparent
                    END AS traceparent
                FROM unnest(kinds, arguments, run_ats, deadlines, subjects, traceparents) WITH ORDINALITY
                    AS g(kind, arguments, run_at, deadline, subject, traceparent, n)
                JOIN relais.kind k ON k.name = g.kind
            ), made AS (
                INSERT INTO relais.job (id, kind, queue, arguments, subject, run_at, deadline, traceparent)
                SELECT id, kind, queue, arguments, subject, run_at, deadline, traceparent FROM given
            )
            SELECT n::int, id, false FROM given;
    ELSE
        LOOP
            again := NULL;
            FOR one IN
                WITH given AS MATERIALIZED (
                    SELECT g.n, relais.uuid_v7() AS id, g.kind, k.queue, g.arguments, g.subject,
                        coalesce(g.run_at, clock_timestamp()) AS run_at, g.deadline,
                        -- As over HTTP: a text that is none (W3C Trace Context 3.2) starts a new trace and is not kept. It
                        -- would be a row without a bound, and a place for personal data.
                        CASE WHEN octet_length(g.traceparent) = 55
                                AND g.traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' THEN g.traceparent
                        END AS traceparent,
                        -- The words in front keep a caller's key, which is any text, apart from those made of arguments.
                        CASE WHEN g.unique_key IS NOT NULL
                                THEN relais.code(s, 'given ' || g.kind || ' ' || g.unique_key)
                            WHEN k.unique_span IS NOT NULL
                                THEN relais.code(s, 'unique ' || g.kind || ' '
                                    || relais.key_arguments(g.arguments, k.unique_defaults, k.unique_by)::text)
                        END AS unique_key,
                        CASE WHEN g.unique_key IS NOT NULL OR k.unique_span IS NOT NULL
                            THEN coalesce(k.unique_span, 'until-finished') END AS unique_span,
                        CASE WHEN k.exclusive_by IS NOT NULL
                            THEN relais.code(s, 'exclusive ' || g.kind || ' '
                                || relais.key_arguments(g.arguments, k.unique_defaults, k.exclusive_by)::text)
                        END AS exclusive_key
                    FROM unnest(kinds, arguments, run_ats, deadlines, subjects, traceparents, unique_keys) WITH ORDINALITY
                        AS g(kind, arguments, run_at, deadline, subject, traceparent, unique_key, n)
                    JOIN relais.kind k ON k.name = g.kind CROSS JOIN relais.secret s
                    WHERE todo IS NULL OR g.n = ANY (todo)
                ), made AS (
                    -- In the order of the keys: two calls that share keys would otherwise wait for each other.
                    INSERT INTO relais.job (id, kind, queue, arguments, subject, run_at, deadline, traceparent,
                        unique_key, unique_span, exclusive_key)
                    SELECT DISTINCT ON (coalesce(unique_key, uuid_send(id))) id, kind, queue, arguments, subject, run_at,
                        deadline, traceparent, unique_key, unique_span, exclusive_key
                    FROM given ORDER BY coalesce(unique_key, uuid_send(id)), n
                    ON CONFLICT (unique_key)
                        WHERE unique_key IS NOT NULL AND (state <> 'running' OR unique_span = 'until-finished') DO NOTHING
                    RETURNING id, coalesce(unique_key, uuid_send(id)) AS place
                )
                SELECT given.n, given.id, given.unique_key, made.id AS made
                FROM given LEFT JOIN made ON made.place = coalesce(given.unique_key, uuid_send(given.id))
                ORDER BY given.n
            LOOP
                ordinal := one.n;
                existing := one.made IS DISTINCT FROM one.id;
                id := coalesce(one.made, (
                    SELECT j.id FROM relais.job j
                    WHERE j.unique_key = one.unique_key AND (j.state <> 'running' OR j.unique_span = 'until-finished')));
                IF id IS NULL THEN
                    -- Whoever had the key has claimed, finished or rolled back meanwhile: it is free again.
                    again := again || ordinal;
                    CONTINUE;
                END IF;
                IF existing AND has_receipt[ordinal] THEN
                    INSERT INTO relais.receipt (job) VALUES (id) RETURNING receipt.id INTO id;
                    existing := false;
                END IF;
                RETURN NEXT;
            END LOOP;
            EXIT WHEN again IS NULL;
            todo := again;
        END LOOP;
    END IF;

    -- A caller that commits asynchronously would be told "committed" for a job that a crash forgets.
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    -- NOTIFY takes a lock of the whole database through the commit, so it is sent only when no relay is awake: an
    -- awake relay holds this lock exclusively (Relay.swift) and looks by itself.
    IF pg_try_advisory_xact_lock_shared(7253, 1) THEN
        PERFORM pg_notify('relais_due', '');
    END IF;
END
$$;
