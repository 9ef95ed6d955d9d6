-- What is handed out to people: links with a token, and export files. And the doors through which an identifier
-- becomes an account id before a job row is written.
CREATE SCHEMA delivery;

-- One live token per purpose and account: that of the job that last sent one. The token itself is never kept; it is
-- made again from the secret and the job's id (AccountToken.swift), so that every attempt of a job sends the same link.
CREATE TABLE delivery.token (
    purpose text NOT NULL CHECK (purpose IN ('activation', 'password-reset')),
    account_id bigint NOT NULL,
    job uuid NOT NULL,
    -- SHA-256 of the token's text.
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (purpose, account_id)
);
CREATE INDEX token_expiry ON delivery.token (expires_at);

-- An export that goes or went out by mail. The row and its chunks commit together with the job's end or in a fenced
-- transaction before it, so that any producer can serve a file that a mail has announced.
CREATE TABLE delivery.file (
    -- The id of the job that made it.
    id uuid PRIMARY KEY,
    account_id bigint NOT NULL,
    filename text NOT NULL CHECK (filename ~ '^[a-z0-9][a-z0-9-]*\.[a-z]+$' AND length(filename) <= 200),
    content_type text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    rows bigint NOT NULL CHECK (rows >= 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    mailed_at timestamptz,
    -- 7 days after its mail. In hours: a day of the session's time zone may have 23.
    expires_at timestamptz,
    CHECK (expires_at IS NOT DISTINCT FROM mailed_at + interval '168 hours')
);
CREATE INDEX file_account ON delivery.file (account_id);
CREATE INDEX file_expiry ON delivery.file (expires_at);

CREATE TABLE delivery.file_chunk (
    file uuid NOT NULL REFERENCES delivery.file ON DELETE CASCADE,
    number int NOT NULL CHECK (number >= 0),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (file, number)
);
-- An .xlsx is compressed already: TOAST would burn a processor over it and gain nothing.
ALTER TABLE delivery.file_chunk ALTER COLUMN content SET STORAGE EXTERNAL;

-- Reads account_id or identifier, exactly one of them, as text; refuses anything else, so that nothing personal slips
-- into a job row beside them. An error names fields and types, never a value: it may be an address.
CREATE FUNCTION delivery.account_reference(
    kind text, arguments jsonb, OUT account_id bigint, OUT identifier text
)
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    -- An explicit null is what encoders write for "absent".
    given jsonb := jsonb_strip_nulls(arguments);
    -- Lengths are those of intake: a bigint has at most 19 digits, an address 254 bytes (RFC 5321) and some blanks.
    fault text := CASE
        WHEN given - 'account_id' - 'identifier' <> '{}' THEN 'another argument'
        WHEN given ? 'account_id' AND given ? 'identifier' THEN 'both'
        WHEN given ? 'account_id' AND (given ->> 'account_id') !~ '^[1-9][0-9]{0,18}$'
            THEN 'an account_id that is no positive integer'
        WHEN given ? 'account_id' AND jsonb_typeof(given -> 'account_id') <> 'number'
            THEN format('an account_id that is a %s', jsonb_typeof(given -> 'account_id'))
        WHEN given ? 'identifier' AND jsonb_typeof(given -> 'identifier') <> 'string'
            THEN format('an identifier that is a %s', jsonb_typeof(given -> 'identifier'))
        WHEN given ? 'identifier' AND length(given ->> 'identifier') NOT BETWEEN 1 AND 320
            THEN format('an identifier of %s characters', length(given ->> 'identifier'))
        WHEN NOT given ?| ARRAY['account_id', 'identifier'] THEN 'neither'
    END;
BEGIN
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s: expected exactly one of account_id (a positive integer) and identifier '
                '(a string of 1 to 320 characters), got %s', kind, fault),
            HINT = 'Give account_id where it is known; identifier is an e-mail address as the visitor typed it.';
    END IF;
    account_id := (given ->> 'account_id')::bigint;
    identifier := lower(btrim(given ->> 'identifier'));
END
$$;

-- The resolvers of relais.kind. They run inside relais.enqueue, with its owner's rights, and name platform.account only
-- when they run: there it may be a table, or a view that is created later. A known and an unknown identifier take the
-- same steps: one look-up, one row. The account that comes first is the one that the visitor most likely means; one
-- that is discarded or already active is better than none, because the worker then says why nothing was sent.
CREATE FUNCTION delivery.resolve_account_activation(
    jsonb, OUT arguments jsonb, OUT subject bigint, OUT deadline timestamptz
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reference record := delivery.account_reference('account.activation', $1);
BEGIN
    subject := reference.account_id;
    IF subject IS NULL THEN
        subject := (
            SELECT a.id FROM platform.account a
            WHERE lower(btrim(a.email)) = reference.identifier
            ORDER BY a.discarded_at IS NOT NULL, a.confirmed_at IS NOT NULL, a.created_at DESC, a.id DESC
            LIMIT 1);
    END IF;
    arguments := jsonb_build_object('account_id', subject);
    RETURN NEXT;
END
$$;

CREATE FUNCTION delivery.resolve_password_reset(
    jsonb, OUT arguments jsonb, OUT subject bigint, OUT deadline timestamptz
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reference record := delivery.account_reference('account.password-reset', $1);
BEGIN
    subject := reference.account_id;
    IF subject IS NULL THEN
        subject := (
            SELECT a.id FROM platform.account a
            WHERE lower(btrim(a.email)) = reference.identifier
            ORDER BY a.discarded_at IS NOT NULL, a.created_at DESC, a.id DESC
            LIMIT 1);
    END IF;
    arguments := jsonb_build_object('account_id', subject);
    -- Whoever asked has asked again by then, or remembered.
    deadline := clock_timestamp() + interval '6 hours';
    RETURN NEXT;
END
$$;

-- Whoever may call them learns whether an address has an account.
REVOKE ALL ON FUNCTION delivery.account_reference(text, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION delivery.resolve_account_activation(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION delivery.resolve_password_reset(jsonb) FROM PUBLIC;
