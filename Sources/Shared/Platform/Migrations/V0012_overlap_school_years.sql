-- The refresh, the exports and their files speak of "the offers of a school year": in one way. A plain expression, so that
-- it is inlined and the index on the dates serves it.
CREATE FUNCTION statistics.overlaps(school_year int, first_day date, last_day date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN first_day < make_date(school_year + 1, 9, 1) AND last_day >= make_date(school_year, 9, 1);
COMMENT ON FUNCTION statistics.overlaps IS
    'Whether something that lasts from its first to its last day, both included, belongs to a school year: a single day does, and what lies in two years belongs to both.';
