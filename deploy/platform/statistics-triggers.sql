-- Triggers that mark the figures of the school years concerned as stale, in the transaction of the change.
--
-- Run after the migrations by a role that owns schema statistics and may create triggers on the relations. Safe to run
-- twice. Where one is missing, each tick of the statistics refreshes the current year and the nightly run the others.
-- Over views the triggers belong on the tables behind them (a view cannot have transition tables): keep the names of
-- the functions, by which the refresh finds out that they are installed, and change the names of relations and columns.
--
-- The functions are SECURITY DEFINER, so that no writer needs a right on schema statistics. Only columns that some
-- figure depends on are compared: otherwise each page view of an offer would make its year stale.
-- In each of them "changed" holds the rows inserted, deleted or updated (new values), "was" the old values of an update.

CREATE OR REPLACE FUNCTION statistics.offer_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM statistics.mark_stale(array(SELECT statistics.known_school_years()));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            WITH before AS (SELECT id, first_date, last_date, max_candidates, sector_id, group_id, is_public,
                                   department_code, permalink IS NULL, created_at FROM was),
                 after AS (SELECT id, first_date, last_date, max_candidates, sector_id, group_id, is_public,
                                  department_code, permalink IS NULL, created_at FROM changed),
                 concerned AS ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before))
            SELECT DISTINCT y FROM concerned c, LATERAL generate_series(
                statistics.school_year_of(c.first_date), statistics.school_year_of(c.last_date)) y));
    ELSE
        PERFORM statistics.mark_stale(array(
            SELECT DISTINCT y FROM changed c, LATERAL generate_series(
                statistics.school_year_of(c.first_date), statistics.school_year_of(c.last_date)) y));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION statistics.application_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM statistics.mark_stale(array(SELECT statistics.known_school_years()));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            WITH before AS (SELECT id, offer_id, student_id, state, approved_at, convention_signed_at FROM was
                            WHERE statistics.is_application(state)),
                 after AS (SELECT id, offer_id, student_id, state, approved_at, convention_signed_at FROM changed
                           WHERE statistics.is_application(state)),
                 concerned AS ((TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before))
            SELECT DISTINCT y FROM concerned c JOIN platform.offer o ON o.id = c.offer_id, LATERAL generate_series(
                statistics.school_year_of(o.first_date), statistics.school_year_of(o.last_date)) y));
    ELSE
        PERFORM statistics.mark_stale(array(
            SELECT DISTINCT y FROM changed c JOIN platform.offer o ON o.id = c.offer_id, LATERAL generate_series(
                statistics.school_year_of(o.first_date), statistics.school_year_of(o.last_date)) y
            WHERE statistics.is_application(c.state)));
    END IF;
    RETURN NULL;
END
$$;

-- A pupil's gender counts in every year in which he applied; pupils and head teachers count on the global page, which
-- shows the current year.
CREATE OR REPLACE FUNCTION statistics.account_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM statistics.mark_stale(array(SELECT statistics.known_school_years()));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            WITH before AS (SELECT id, kind, role, school_id, confirmed_at IS NULL, discarded_at IS NULL FROM was
                            WHERE kind = 'student' OR role = 'school_manager'),
                 after AS (SELECT id, kind, role, school_id, confirmed_at IS NULL, discarded_at IS NULL FROM changed
                           WHERE kind = 'student' OR role = 'school_manager')
            SELECT statistics.current_school_year()
            WHERE EXISTS (TABLE before EXCEPT TABLE after) OR EXISTS (TABLE after EXCEPT TABLE before)
            UNION
            SELECT y FROM was w JOIN changed c ON c.id = w.id AND c.gender IS DISTINCT FROM w.gender
            JOIN platform.application a ON a.student_id = c.id AND statistics.is_application(a.state)
            JOIN platform.offer o ON o.id = a.offer_id, LATERAL generate_series(
                statistics.school_year_of(o.first_date), statistics.school_year_of(o.last_date)) y));
    ELSE
        PERFORM statistics.mark_stale(array(
            SELECT statistics.current_school_year()
            WHERE EXISTS (SELECT FROM changed WHERE kind = 'student' OR role = 'school_manager')));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION statistics.school_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            SELECT statistics.current_school_year()
            WHERE EXISTS (SELECT id, kind, visible FROM was EXCEPT SELECT id, kind, visible FROM changed)));
    ELSE
        PERFORM statistics.mark_stale(ARRAY[statistics.current_school_year()]);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION statistics.association_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Only their number is a figure, and an update does not change it.
    IF TG_OP <> 'UPDATE' THEN
        PERFORM statistics.mark_stale(ARRAY[statistics.current_school_year()]);
    END IF;
    RETURN NULL;
END
$$;

-- A group that becomes public, or signs the PaQte, moves the offers of every year.
CREATE OR REPLACE FUNCTION statistics.organisation_group_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            SELECT statistics.known_school_years()
            WHERE EXISTS (SELECT id, is_public, is_paqte FROM was EXCEPT SELECT id, is_public, is_paqte FROM changed)));
    ELSIF TG_OP <> 'INSERT' THEN
        PERFORM statistics.mark_stale(array(SELECT statistics.known_school_years()));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION statistics.off_platform_placement_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM statistics.mark_stale(array(SELECT statistics.known_school_years()));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM statistics.mark_stale(array(
            SELECT statistics.off_platform_year_of(week) FROM was
            UNION SELECT statistics.off_platform_year_of(week) FROM changed));
    ELSE
        PERFORM statistics.mark_stale(array(SELECT DISTINCT statistics.off_platform_year_of(week) FROM changed));
    END IF;
    RETURN NULL;
END
$$;

-- A trigger with transition tables may have one event only.
DO $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['offer', 'application', 'account', 'school', 'association', 'organisation_group',
                                    'off_platform_placement']
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER statistics_inserted AFTER INSERT ON platform.%I
            REFERENCING NEW TABLE AS changed EXECUTE FUNCTION statistics.%I()', relation, relation || '_changed');
        EXECUTE format('CREATE OR REPLACE TRIGGER statistics_updated AFTER UPDATE ON platform.%I
            REFERENCING OLD TABLE AS was NEW TABLE AS changed EXECUTE FUNCTION statistics.%I()',
            relation, relation || '_changed');
        EXECUTE format('CREATE OR REPLACE TRIGGER statistics_deleted AFTER DELETE ON platform.%I
            REFERENCING OLD TABLE AS changed EXECUTE FUNCTION statistics.%I()', relation, relation || '_changed');
        EXECUTE format('CREATE OR REPLACE TRIGGER statistics_truncated AFTER TRUNCATE ON platform.%I
            EXECUTE FUNCTION statistics.%I()', relation, relation || '_changed');
    END LOOP;
END
$$;
