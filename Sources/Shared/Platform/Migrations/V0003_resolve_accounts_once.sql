-- One resolver for all kinds that take an account: by id, or by the identifier that a visitor typed. It also names the
-- identifier as the unique key, of which relais.enqueue_rows keeps a code only: known or not, a second request while the
-- first one waits is the same job.
--
-- It runs inside relais.enqueue, with its owner's rights, and names platform.account only when it runs: there it may be a
-- table, or a view that is created later. A known and an unknown identifier take the same steps: one look-up, one row.
CREATE FUNCTION delivery.resolve_account(
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
        subject := (
            SELECT a.id FROM platform.account a
            WHERE lower(btrim(a.email)) = reference.identifier
            ORDER BY a.discarded_at IS NOT NULL, $1 = 'account.activation' AND a.confirmed_at IS NOT NULL,
                a.created_at DESC, a.id DESC
            LIMIT 1);
    END IF;
    arguments := jsonb_build_object('account_id', subject);
    IF $1 = 'account.password-reset' THEN
        -- Whoever asked has asked again by then, or remembered.
        deadline := clock_timestamp() + interval '6 hours';
    END IF;
    RETURN NEXT;
END
$$;

-- Whoever may call it learns whether an address has an account.
REVOKE ALL ON FUNCTION delivery.resolve_account(text, jsonb) FROM PUBLIC;

-- `producer migrate` registers the kinds next; until then their old resolvers would be called with too much.
UPDATE relais.kind SET resolver = 'delivery.resolve_account(text, jsonb)'::regprocedure
WHERE resolver IN ('delivery.resolve_account_activation(jsonb)'::regprocedure,
    'delivery.resolve_password_reset(jsonb)'::regprocedure);
DROP FUNCTION delivery.resolve_account_activation(jsonb);
DROP FUNCTION delivery.resolve_password_reset(jsonb);
