-- Whatever blanks stand around an identifier or an address that the platform keeps, it is the same one: relais.blanks()
-- names them, for what is looked up, for what it is compared with, and for the address that a mail goes to.

CREATE OR REPLACE FUNCTION delivery.normal_identifier(identifier text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digits text := translate(identifier, relais.blanks() || '.-/()', '');
BEGIN
    IF digits ~ '^(0|(\+|00)330?)[67][0-9]{8}$' THEN
        RETURN '+33' || right(digits, 9);
    END IF;
    RETURN lower(btrim(identifier, relais.blanks()));
END
$$;

-- As before, but for the blanks, and for accounts of which a view does not know when they were made.
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
                    a.created_at DESC NULLS LAST, a.id DESC
                LIMIT 1);
        ELSE
            -- Word for word the expression of the index account_address.
            subject := (
                SELECT a.id FROM platform.account a
                WHERE lower(btrim(a.email, relais.blanks())) = reference.identifier
                ORDER BY a.discarded_at IS NOT NULL, $1 = 'account.activation' AND a.confirmed_at IS NOT NULL,
                    a.created_at DESC NULLS LAST, a.id DESC
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
