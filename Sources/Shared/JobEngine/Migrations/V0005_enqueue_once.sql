-- Jobs that exist once: unique keys, kinds that run one at a time for each key, repeated calls, and many jobs in one
-- statement.

-- UUIDv7 as before, without the search path of its own: that forbade the planner to inline it, and a bulk of 10,000 jobs
-- calls it 10,000 times. Every name in it is qualified instead.
CREATE OR REPLACE FUNCTION relais.uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT pg_catalog.encode(
        pg_catalog.set_bit(pg_catalog.set_bit(
            pg_catalog.overlay(
                pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
                pg_catalog.substring(pg_catalog.int8send((
                    EXTRACT(epoch FROM pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000)::pg_catalog.int8), 3),
                1, 6),
            52, 1), 53, 1),
        'hex')::pg_catalog.uuid
$$;
ALTER FUNCTION relais.uuid_v7() RESET ALL;

-- The key of this database for codes: what is kept of a text that may be an address. A plain hash of one could be
-- undone by trying every address. The two blocks are those of HMAC (RFC 2104), made once.
CREATE TABLE relais.secret (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    inner_block bytea NOT NULL CHECK (octet_length(inner_block) = 64),
    outer_block bytea NOT NULL CHECK (octet_length(outer_block) = 64)
);
WITH secret AS MATERIALIZED (
    SELECT sha256(string_agg(uuid_send(gen_random_uuid()), '')) || decode(repeat('00', 32), 'hex') AS key
    FROM generate_series(1, 4)
)
INSERT INTO relais.secret (inner_block, outer_block)
SELECT string_agg(set_byte('\x00', 0, get_byte(key, i) # 54), '' ORDER BY i),
    string_agg(set_byte('\x00', 0, get_byte(key, i) # 92), '' ORDER BY i)
FROM secret, generate_series(0, 63) AS i;
REVOKE ALL ON relais.secret FROM PUBLIC;

-- HMAC-SHA256 of a text.
CREATE FUNCTION relais.code(secret relais.secret, message text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.sha256(pg_catalog.byteacat((secret).outer_block, pg_catalog.sha256(
        pg_catalog.byteacat((secret).inner_block, pg_catalog.convert_to(message, 'UTF8')))))
$$;

-- What of a job's arguments makes a key: those named, or all. A null argument is one that is not there.
CREATE FUNCTION relais.key_arguments(arguments jsonb, defaults jsonb, names text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}')
    FROM jsonb_each(defaults || jsonb_strip_nulls(arguments)) AS a
    WHERE names IS NULL OR a.key = ANY (names)
$$;

-- How long a unique key is held (until-claimed: while one waits; until-finished: while one waits or runs), and which
-- arguments make the key; NULL: all. Defaults are put beside the arguments, so that one that is left out and one that
-- is written out make the same key. The values of `exclusive_by` name what only one job at a time may work at.
-- `resolver` is by now a function (kind text, arguments jsonb) RETURNS TABLE (arguments jsonb, subject bigint,
-- deadline timestamptz, unique_key text).
ALTER TABLE relais.kind
    ADD COLUMN unique_span text CHECK (unique_span IN ('until-claimed', 'until-finished')),
    ADD COLUMN unique_by text[],
    ADD COLUMN unique_defaults jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN exclusive_by text[];

-- Keys are codes. The span stands in the row: a kind that changes its own must not drop the keys that are held.
ALTER TABLE relais.job
    ADD COLUMN unique_key bytea,
    ADD COLUMN unique_span text,
    ADD COLUMN exclusive_key bytea,
    ADD CHECK ((unique_key IS NULL) = (unique_span IS NULL));
ALTER TABLE relais.job_finished
    ADD COLUMN unique_key bytea,
    ADD COLUMN unique_span text,
    ADD COLUMN exclusive_key bytea;
-- A claim leaves the index by itself when the span ends with it; a way back into it may find the key taken.
CREATE UNIQUE INDEX job_unique ON relais.job (unique_key)
    WHERE unique_key IS NOT NULL AND (state <> 'running' OR unique_span = 'until-finished');
-- The relay marks no second job of a key. The index makes that true whoever marks or claims.
CREATE UNIQUE INDEX job_exclusive ON relais.job (exclusive_key) WHERE exclusive_key IS NOT NULL AND state <> 'pending';

-- A request by identifier that met its key taken: an id of its own, so that nobody learns from an id that somebody else
-- has asked for the same address.
CREATE TABLE relais.receipt (
    id uuid PRIMARY KEY DEFAULT relais.uuid_v7(),
    job uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX receipt_created ON relais.receipt (created_at);

-- What a call with an idempotency_key made, for 24 hours, per login role and kind ('' for relais.enqueue_many).
CREATE TABLE relais.enqueue_answer (
    caller name NOT NULL DEFAULT session_user,
    kind text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_code bytea NOT NULL,
    -- NULL only within the transaction that makes them.
    jobs uuid[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, kind, key)
);
CREATE INDEX enqueue_answer_created ON relais.enqueue_answer (created_at);

-- Takes an idempotency key: NULL when it is ours from now on, otherwise the jobs of the first call. Another transaction
-- that has taken it is awaited. Older than 24 hours counts as none, deleted or not.
CREATE FUNCTION relais.claim_answer(kind text, key text, request text) RETURNS uuid[]
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    code bytea := (SELECT relais.code(s, 'request ' || request) FROM relais.secret s);
    kept relais.enqueue_answer;
BEGIN
    LOOP
        INSERT INTO relais.enqueue_answer AS a (kind, key, request_code) VALUES (kind, key, code)
        ON CONFLICT ON CONSTRAINT enqueue_answer_pkey DO UPDATE
        SET request_code = excluded.request_code, jobs = NULL, created_at = excluded.created_at
        WHERE a.created_at < clock_timestamp() - interval '24 hours';
        IF FOUND THEN
            RETURN NULL;
        END IF;
        SELECT a.* INTO kept FROM relais.enqueue_answer a
        WHERE a.caller = session_user AND a.kind = kind AND a.key = key;
        -- Not found: deleted for its age between the two statements, so the next turn finds the key free.
        IF kept.request_code <> code THEN
            RAISE EXCEPTION USING
                ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'relais.enqueue: expected the same kind and arguments as in the first call with this '
                    'idempotency_key, got others',
                HINT = 'A key belongs to one request for 24 hours; take a new one for another.';
        ELSIF kept.jobs IS NOT NULL THEN
            RETURN kept.jobs;
        END IF;
    END LOOP;
END
$$;

-- Makes jobs of whole columns, all or none: the one place where rows of relais.job begin. One answer a job, `existing`
-- when its key was taken: then the id is that of the job that has it. Waits for other transactions that have inserted one
-- of the keys, as long as lock_timeout allows.
CREATE FUNCTION relais.enqueue_rows(
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
    has_receipt boolean[] := array_fill(false, ARRAY[cardinality(kinds)]);
    fault record;
    one record;
    todo int[];
    again int[];
BEGIN
    SELECT bool_or(k.name IS NULL OR jsonb_typeof(g.arguments) IS DISTINCT FROM 'object'
            OR octet_length(g.arguments::text) > 65536 OR length(g.unique_key) NOT BETWEEN 1 AND 255),
        bool_or(k.resolver IS NOT NULL)
    INTO is_faulty, is_resolved
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
