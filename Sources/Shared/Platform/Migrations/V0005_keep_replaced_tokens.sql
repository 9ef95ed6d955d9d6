-- One row for each job that sends a link or a code, instead of one for each account: a click on a replaced link hears
-- "replaced" and not "unknown", and the rows of the last hour are what the limit on messages counts. Of a purpose and an
-- account at most one is not replaced.
ALTER TABLE delivery.token
    DROP CONSTRAINT token_pkey,
    ADD PRIMARY KEY (job),
    ADD COLUMN replaced_at timestamptz,
    -- A code of six digits that went out by SMS; its digest is an HMAC, for a plain hash of a million texts is none.
    ADD COLUMN is_code boolean NOT NULL DEFAULT false,
    ADD COLUMN wrong_guesses smallint NOT NULL DEFAULT 0 CHECK (wrong_guesses BETWEEN 0 AND 5);

CREATE UNIQUE INDEX token_live ON delivery.token (purpose, account_id) WHERE replaced_at IS NULL;
CREATE INDEX token_account ON delivery.token (account_id, purpose, created_at);
