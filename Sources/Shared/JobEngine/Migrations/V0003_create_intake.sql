-- What intake keeps of its callers: who may call, and what a repeated call was answered the first time.

-- Bearer tokens. The token itself is printed once, when it is made; only its SHA-256 is kept. A revoked one stays as
-- a row, because audits name it.
CREATE TABLE relais.access_token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    scopes text[] NOT NULL CHECK (
        cardinality(scopes) > 0 AND scopes <@ ARRAY['platform', 'operator', 'viewer', 'metrics']),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);
-- A name may be used again once its token is revoked: that is how a token is replaced.
CREATE UNIQUE INDEX access_token_name ON relais.access_token (name) WHERE revoked_at IS NULL;

-- Answers by Idempotency-Key, per token and path, for 24 hours. Inserted by the transaction that enqueues, so that an
-- answer exists exactly if its job does; a second call with the same key waits for that transaction at the primary key.
CREATE TABLE relais.idempotency (
    token bigint NOT NULL REFERENCES relais.access_token ON DELETE CASCADE,
    path text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- HMAC of the body and the options: a body may hold an address, and a plain hash of one can be guessed.
    request_code bytea NOT NULL CHECK (octet_length(request_code) = 32),
    -- Filled by the same transaction; NULL is never seen by another one.
    status int,
    location text,
    body text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (token, path, key)
);
CREATE INDEX idempotency_created ON relais.idempotency (created_at);
