-- The doors in SQL hold their callers to what intake does: the types and ranges of arguments, which must be there, and
-- no others. Without that a slip would be a row that holds an address for as long as the job and then its end are kept.

-- What the arguments of a kind must fulfil, one row a condition, written by `migrate` from the kinds themselves
-- (ArgumentCheck.swift). A kind without rows was registered by a release that did not say: until the next `migrate` its
-- arguments are not looked at.
CREATE TABLE relais.argument_check (
    kind text NOT NULL REFERENCES relais.kind ON DELETE CASCADE,
    -- In this order faults are told.
    place int NOT NULL,
    -- The argument that is looked at; NULL: all of them.
    name text,
    -- id, uuid, integer, text, boolean, choice: a value's type. names: no others than `choices`. Of rules across
    -- arguments, exactly-one and nothing-beside, `other` names the second argument.
    shape text NOT NULL,
    required boolean NOT NULL,
    -- The words of an error.
    expected text NOT NULL,
    low numeric,
    high numeric,
    length int,
    choices text[],
    other text,
    PRIMARY KEY (kind, place)
);

-- What came instead of what was expected; NULL when nothing is wrong. Types, never values: one of them may be an address.
-- ArgumentField and ArgumentRule say the same in Swift, and a test holds them together. Without a search path of its own,
-- which would keep the planner from putting it in the place of its call: a bulk of 10,000 jobs calls it 20,000 times.
CREATE FUNCTION relais.argument_mismatch(arguments jsonb, c relais.argument_check) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN c.shape = 'names' THEN
            CASE WHEN arguments OPERATOR(pg_catalog.-) c.choices <> '{}' THEN 'an unknown argument' END
        WHEN c.shape = 'nothing-beside' THEN
            CASE WHEN arguments ->> c.other = 'true' AND arguments ->> c.name IS NOT NULL THEN 'a value' END
        WHEN c.shape = 'exactly-one' THEN CASE
            WHEN arguments ->> c.name IS NULL AND arguments ->> c.other IS NULL THEN 'neither'
            WHEN arguments ->> c.name IS NOT NULL AND arguments ->> c.other IS NOT NULL THEN 'both' END
        ELSE CASE coalesce(pg_catalog.jsonb_typeof(arguments -> c.name), 'null')
            WHEN 'null' THEN CASE WHEN c.required THEN 'nothing' END
            WHEN 'number' THEN CASE
                WHEN (arguments -> c.name)::numeric <> pg_catalog.trunc((arguments -> c.name)::numeric)
                    OR (arguments -> c.name)::numeric NOT BETWEEN -9223372036854775808 AND 9223372036854775807
                    THEN 'a number'
                WHEN c.shape NOT IN ('id', 'integer') THEN 'an integer'
                WHEN (arguments -> c.name)::numeric BETWEEN c.low AND c.high THEN NULL
                WHEN c.shape = 'id' THEN 'an integer below 1'
                ELSE 'an integer out of range' END
            WHEN 'string' THEN CASE c.shape
                WHEN 'uuid' THEN CASE
                    WHEN arguments ->> c.name !~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
                        THEN 'another string' END
                -- In one composition: to intake the two ways to write an accent are one text.
                WHEN 'choice' THEN
                    CASE WHEN pg_catalog.normalize(arguments ->> c.name) <> ALL (c.choices) THEN 'another string' END
                WHEN 'text' THEN CASE
                    WHEN arguments ->> c.name = '' THEN 'an empty string'
                    WHEN pg_catalog.length(arguments ->> c.name) > c.length
                        THEN 'a string of ' || pg_catalog.length(arguments ->> c.name)::text || ' characters'
                    WHEN pg_catalog.btrim(arguments ->> c.name, relais.blanks()) ~ '[\u0001-\u001f\u007f-\u009f]'
                        THEN 'a string with control characters' END
                ELSE 'a string' END
            WHEN 'boolean' THEN CASE WHEN c.shape <> 'boolean' THEN 'a boolean' END
            WHEN 'array' THEN 'an array'
            ELSE 'an object' END
        END
$$;

-- Raises what intake would answer, for the first job at fault. Kinds that nobody knows and arguments that are no object
-- are left to relais.make_jobs. One statement for all jobs: one by one a bulk would take several times as long.
CREATE FUNCTION relais.check_arguments(origin text, kinds text[], arguments jsonb[]) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    fault record;
BEGIN
    -- The usual answer is none, and comes soonest from a plan as short as this.
    PERFORM FROM unnest(kinds, arguments) AS g(kind, arguments) JOIN relais.argument_check c ON c.kind = g.kind
    WHERE jsonb_typeof(g.arguments) = 'object' AND relais.argument_mismatch(g.arguments, c) IS NOT NULL
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    WITH wrong AS MATERIALIZED (
        SELECT g.n, c.place, c.other IS NOT NULL AS is_rule,
            concat(c.name || ': ', 'expected ', c.expected, ', got ', relais.argument_mismatch(g.arguments, c)) AS words
        FROM unnest(kinds, arguments) WITH ORDINALITY AS g(kind, arguments, n)
        JOIN relais.argument_check c ON c.kind = g.kind
        WHERE jsonb_typeof(g.arguments) = 'object' AND relais.argument_mismatch(g.arguments, c) IS NOT NULL
    ), first AS (
        SELECT w.* FROM wrong w WHERE w.n = (SELECT min(n) FROM wrong)
    )
    SELECT f.n, string_agg(f.words, '; ' ORDER BY f.place) AS words INTO fault FROM first f
    -- Rules speak of arguments that are right each by itself.
    WHERE NOT f.is_rule OR NOT EXISTS (SELECT FROM first WHERE NOT first.is_rule)
    GROUP BY f.n;
    RAISE invalid_parameter_value USING MESSAGE = origin || CASE WHEN origin = 'relais.enqueue' THEN ''
        ELSE format(': jobs[%s].arguments', fault.n - 1) END || ': ' || fault.words;
END
$$;

-- What the doors call goes on under its name, and checks first. Programs of ours call the inner one: intake has checked
-- by then, and what a program enqueues by itself has its type.
ALTER FUNCTION relais.enqueue_rows RENAME TO make_jobs;
CREATE FUNCTION relais.enqueue_rows(
    origin text, kinds text[], arguments jsonb[], run_ats timestamptz[], deadlines timestamptz[], subjects bigint[],
    traceparents text[], unique_keys text[]
) RETURNS TABLE (ordinal int, id uuid, existing boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM relais.check_arguments(origin, kinds, arguments);
    RETURN QUERY SELECT made.* FROM relais.make_jobs(origin, kinds, arguments, run_ats, deadlines, subjects, traceparents,
        unique_keys) AS made;
END
$$;

REVOKE ALL ON FUNCTION relais.argument_mismatch, relais.check_arguments, relais.enqueue_rows FROM PUBLIC;
