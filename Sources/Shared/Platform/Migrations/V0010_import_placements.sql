-- Files of off-platform placements, on their way into platform.off_platform_placement. A file's bytes are kept from its
-- upload to the end of its import; what came of it, and the report of what is wrong with it, some days longer.

-- Which of two files of an association is the newer: the one that was taken later.
CREATE SEQUENCE delivery.placements_order;

CREATE TABLE delivery.placements_import (
    id uuid PRIMARY KEY DEFAULT relais.uuid_v7(),
    association_id bigint NOT NULL,
    -- The administrator for whom the platform asks; null: the platform itself, or an operator.
    requested_by bigint,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- These three are null while the file is on its way in.
    number bigint UNIQUE,
    job uuid,
    size bigint CHECK (size BETWEEN 0 AND 20971520),
    -- What came of it; null: nothing yet.
    outcome text CHECK (outcome IN ('imported', 'invalid-placements', 'superseded', 'unknown-association',
                                    'requester-gone', 'not-entitled')),
    ended_at timestamptz,
    -- Lines that were read as placements, whatever is wrong with them.
    rows bigint CHECK (rows >= 0),
    -- All faults; the report holds the first of them by line and field, and no value of the file.
    faults bigint CHECK (faults >= 0),
    report jsonb,
    CHECK ((number IS NULL) = (job IS NULL) AND (number IS NULL) = (size IS NULL)),
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX placements_import_age ON delivery.placements_import (created_at);

CREATE TABLE delivery.placements_chunk (
    import uuid NOT NULL REFERENCES delivery.placements_import ON DELETE CASCADE,
    number int NOT NULL CHECK (number >= 0),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
    PRIMARY KEY (import, number)
);

-- The file that an association's rows are from. It outlives the import's own row: a job that is run again months later
-- must still find that a newer file has been imported. Its lock lets one import of an association go at a time.
CREATE TABLE delivery.placements_source (
    association_id bigint PRIMARY KEY,
    number bigint NOT NULL
);
