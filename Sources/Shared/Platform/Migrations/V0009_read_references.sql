-- The doors have checked the arguments before a resolver runs (relais.check_arguments, and intake): what is left is to
-- read them.
CREATE OR REPLACE FUNCTION delivery.account_reference(
    kind text, arguments jsonb, OUT account_id bigint, OUT identifier text
)
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- As a number first: 1.0 is an integer to intake, and no text of one.
    SELECT (arguments ->> 'account_id')::numeric::bigint, delivery.normal_identifier(arguments ->> 'identifier')
$$;
