-- An identifier is an e-mail address or a mobile number, as a visitor typed it. Both are written in one way before they
-- are looked up and before the unique key is made of them, or the same person would be several.

-- 06 12 34 56 78, 06.12.34.56.78, +33 6 12 34 56 78, +33 (0)6 … and 0033 6 … are one number; anything else is an address.
CREATE FUNCTION delivery.normal_identifier(identifier text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- The blanks are those of a keyboard and of a copied page: U+00A0, U+2009, U+202F.
    digits text := translate(identifier, E' \t\r\n\u00a0\u2009\u202f.-/()', '');
BEGIN
    IF digits ~ '^(0|(\+|00)330?)[67][0-9]{8}$' THEN
        RETURN '+33' || right(digits, 9);
    END IF;
    RETURN lower(btrim(identifier, E' \t\r\n\u00a0\u2009\u202f'));
END
$$;

-- As before, but for the last line and the words.
CREATE OR REPLACE FUNCTION delivery.account_reference(
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
            HINT = 'Give account_id where it is known; identifier is an e-mail address or a mobile number as the '
                'visitor typed it.';
    END IF;
    account_id := (given ->> 'account_id')::bigint;
    identifier := delivery.normal_identifier(given ->> 'identifier');
END
$$;

-- As before, with a second branch. Which one is taken shows in what was typed, and within each a known and an unknown
-- identifier take the same steps: one look-up in one index, one row.
CREATE OR REPLACE FUNCTION delivery.resolve_account(
    text, jsonb, OUT arguments jsonb, OUT subject bigint, OUT deadline timestamptz, OUT unique_key text
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reference record := delivery.account_reference($1, $2);
BEGIN
    subject := reference.account_id;
    IF subject IS NULL THEN
        unique_key := reference.identifier;
        -- The account that comes first is the one that the visitor most likely means: for an activation one that is not
        -- active yet. One that is discarded or already active is better than none, because the worker then says why
        -- nothing was sent.
        IF reference.identifier ~ '^\+33[67][0-9]{8}$' THEN
            subject := (
                SELECT a.id FROM platform.account a
                WHERE a.phone = reference.identifier
                ORDER BY a.discarded_at IS NOT NULL, $1 = 'account.activation' AND a.confirmed_at IS NOT NULL,
                    a.created_at DESC, a.id DESC
                LIMIT 1);
        ELSE
            subject := (
                SELECT a.id FROM platform.account a
                WHERE lower(btrim(a.email)) = reference.identifier
                ORDER BY a.discarded_at IS NOT NULL, $1 = 'account.activation' AND a.confirmed_at IS NOT NULL,
                    a.created_at DESC, a.id DESC
                LIMIT 1);
        END IF;
    END IF;
    arguments := jsonb_build_object('account_id', subject);
    IF $1 = 'account.password-reset' THEN
        -- Whoever asked has asked again by then, or remembered.
        deadline := clock_timestamp() + interval '6 hours';
    END IF;
    RETURN NEXT;
END
$$;

REVOKE ALL ON FUNCTION delivery.normal_identifier(text) FROM PUBLIC;
