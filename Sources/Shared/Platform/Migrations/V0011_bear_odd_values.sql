-- What no page shows and a column holds all the same: an infinite day, the year 10000, two billion seats, a week without a
-- number. Each counts where it belongs, and none fails a refresh, nor the platform's own statement through a trigger.

CREATE OR REPLACE FUNCTION statistics.school_year_of(day date) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN day < date '2019-09-01' THEN 2018 WHEN day >= date '2100-09-01' THEN 2100
    ELSE extract(year FROM day)::int - CASE WHEN extract(month FROM day) < 9 THEN 1 ELSE 0 END END;
COMMENT ON FUNCTION statistics.school_year_of IS
    'School year of a day: Y is [1 Sep Y, 1 Sep Y+1). An offer belongs to each year from that of its first to that of its last day. Earlier days are all of 2018 and later ones of 2100, beside the years that have figures: an offer until the end of time would else be counted through years by the million.';

CREATE OR REPLACE FUNCTION statistics.month_number(instant timestamptz) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN instant < timestamptz '2000-01-01 00:00Z' THEN 2000 * 12 + 1
    WHEN instant >= timestamptz '2200-01-01 00:00Z' THEN 2200 * 12 + 1
    ELSE extract(year FROM instant AT TIME ZONE 'Europe/Paris')::int * 12
        + extract(month FROM instant AT TIME ZONE 'Europe/Paris')::int END;
COMMENT ON FUNCTION statistics.month_number IS
    'Months counted through, Europe/Paris, so that a difference of two is a span of months. Before 2000 and from 2200 on, outside of every series, there is but one each.';

CREATE OR REPLACE FUNCTION statistics.off_platform_year_of(week text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN week ~ '^[1-9][0-9]{3}-W[0-9]{2}$' THEN left(week, 4)::int - CASE
    WHEN right(week, 2)::int < extract(week FROM make_date(left(week, 4)::int, 9, 1)) THEN 1 ELSE 0 END END;
COMMENT ON FUNCTION statistics.off_platform_year_of IS
    'School year of an ISO week such as 2021-W35: off the platform a year begins with the week that holds 1 September. What is no such week is of no year.';

-- A sum of integers fits a bigint; it does not fit an integer.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER TABLE %s %s', attrelid::regclass, string_agg(format('ALTER %I TYPE bigint%s', attname,
            CASE atttypid WHEN 'int[]'::regtype THEN '[]' ELSE '' END), ', ' ORDER BY attnum))
        FROM pg_attribute
        WHERE attrelid IN ('statistics.platform_figures'::regclass, 'statistics.platform_breakdown'::regclass,
                'statistics.filled_figures'::regclass, 'statistics.global_figures'::regclass)
            AND attnum > 0 AND NOT attisdropped AND attname <> 'school_year'
            AND atttypid IN ('int'::regtype, 'int[]'::regtype)
        GROUP BY attrelid
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

ALTER TABLE delivery.file ADD COLUMN changed_cells jsonb;
COMMENT ON COLUMN delivery.file.changed_cells IS
    'How many cells hold something else than the platform does, by reason: what its mail says of it. NULL: a file from before it was counted.';
