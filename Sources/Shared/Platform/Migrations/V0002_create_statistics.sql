-- The figures of the départemental, central and global pages, and the definitions that they rest on. A page reads them
-- by primary key; statistics.refresh (RefreshSQL.swift) writes a year's rows as a whole.
CREATE SCHEMA IF NOT EXISTS statistics;
COMMENT ON SCHEMA statistics IS 'Figures per school year, recomputed by the jobs statistics.refresh, and their definitions.';

-- Definitions. Each stands here once: the refresh, the triggers and the exports call them. All are plain SQL
-- expressions without SET or SECURITY DEFINER, because only such functions are inlined into the scans that use them.

CREATE FUNCTION statistics.school_year_of(day date) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN extract(year FROM day)::int - CASE WHEN extract(month FROM day) < 9 THEN 1 ELSE 0 END;
COMMENT ON FUNCTION statistics.school_year_of IS
    'School year of a day: Y is [1 Sep Y, 1 Sep Y+1). An offer belongs to each year from that of its first to that of its last day.';

CREATE FUNCTION statistics.current_school_year() RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN extract(year FROM now() AT TIME ZONE 'Europe/Paris')::int
    - CASE WHEN extract(month FROM now() AT TIME ZONE 'Europe/Paris') < 6 THEN 1 ELSE 0 END;
COMMENT ON FUNCTION statistics.current_school_year IS
    'The year that pages show first. It switches on 1 June, when next year''s offers matter more than last year''s.';

CREATE FUNCTION statistics.known_school_years() RETURNS SETOF int
    LANGUAGE sql STABLE PARALLEL SAFE
RETURN generate_series(2019, statistics.current_school_year() + 1);
COMMENT ON FUNCTION statistics.known_school_years IS
    'Years that have figures: from the first that the pages offer, 2019, to the next one, whose offers come in spring.';

CREATE FUNCTION statistics.block_of(permalink text, is_public boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN permalink IS NOT NULL THEN 'associations' WHEN is_public THEN 'administrations' ELSE 'companies' END;
COMMENT ON FUNCTION statistics.block_of IS 'The one block of an offer; blocks exclude each other, so that their sum is the total.';

CREATE FUNCTION statistics.is_application(state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN state <> 'drafted';
COMMENT ON FUNCTION statistics.is_application IS 'Everything that a pupil has sent counts as an application; a draft does not.';

CREATE FUNCTION statistics.is_accepted(state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN state IN ('approved', 'convention_signed');
COMMENT ON FUNCTION statistics.is_accepted IS 'Filled: a signed agreement does not undo the acceptance.';

CREATE FUNCTION statistics.is_refused(state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN state IN ('rejected', 'expired');
COMMENT ON FUNCTION statistics.is_refused IS 'An application that nobody answered in time counts as refused.';

CREATE FUNCTION statistics.month_number(instant timestamptz) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN extract(year FROM instant AT TIME ZONE 'Europe/Paris')::int * 12
    + extract(month FROM instant AT TIME ZONE 'Europe/Paris')::int;
COMMENT ON FUNCTION statistics.month_number IS 'Months counted through, Europe/Paris, so that a difference of two is a span of months.';

CREATE FUNCTION statistics.point_of(school_year int, month_number int) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(1, least(12, month_number - (school_year * 12 + 8)));
COMMENT ON FUNCTION statistics.point_of IS
    'Point 1 (September) to 12 (August) of the monthly series. Earlier months fall in the first point, later and unknown ones in the last, so that the last cumulated point is the total.';

CREATE FUNCTION statistics.off_platform_year_of(week text) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(week, 4)::int - CASE
    WHEN right(week, 2)::int < extract(week FROM make_date(left(week, 4)::int, 9, 1)) THEN 1 ELSE 0 END;
COMMENT ON FUNCTION statistics.off_platform_year_of IS
    'School year of an ISO week such as 2021-W35: off the platform a year begins with the week that holds 1 September.';

CREATE FUNCTION statistics.counts_off_platform(type text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN type IN ('on_site', 'remote', 'hybrid');
COMMENT ON FUNCTION statistics.counts_off_platform IS 'Talks and workshops are no placements: they never count.';

CREATE FUNCTION statistics.is_active(confirmed_at timestamptz, discarded_at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN confirmed_at IS NOT NULL AND discarded_at IS NULL;
COMMENT ON FUNCTION statistics.is_active IS
    'An account that counts: as a pupil, or as the head teacher by whom a school is registered.';

-- Figures. A scope is a ministry (0: all offers) in a département (FR: all of France). A scope in which nothing counts
-- has no row: the year's row of global_figures tells "zero" from "not computed yet".

CREATE TABLE statistics.platform_figures (
    school_year int NOT NULL,
    ministry_id bigint NOT NULL,
    department_code text NOT NULL,
    block text NOT NULL CHECK (block IN ('companies', 'companies_paqte', 'administrations', 'associations', 'total')),
    seats int NOT NULL,
    applications int NOT NULL,
    applications_m int NOT NULL,
    applications_f int NOT NULL,
    applications_np int NOT NULL,
    accepted int NOT NULL,
    accepted_m int NOT NULL,
    accepted_f int NOT NULL,
    accepted_np int NOT NULL,
    refused int NOT NULL,
    rejected int NOT NULL,
    expired int NOT NULL,
    seats_by_month int[] NOT NULL CHECK (cardinality(seats_by_month) = 12 AND seats_by_month[12] = seats),
    accepted_by_month int[] NOT NULL CHECK (cardinality(accepted_by_month) = 12 AND accepted_by_month[12] = accepted),
    refreshed_at timestamptz NOT NULL,
    PRIMARY KEY (school_year, ministry_id, department_code, block)
);
COMMENT ON TABLE statistics.platform_figures IS
    'Placements offered and filled on the platform, one row per block of a scope. Offers deleted or unpublished are included, and an offer over two years stands in both.';
COMMENT ON COLUMN statistics.platform_figures.school_year IS 'Y of Y/Y+1.';
COMMENT ON COLUMN statistics.platform_figures.ministry_id IS 'A public group, and only the offers that name it; 0: all offers.';
COMMENT ON COLUMN statistics.platform_figures.department_code IS 'Department of the offer; FR: all of France.';
COMMENT ON COLUMN statistics.platform_figures.block IS
    'companies (private), companies_paqte (those of them whose group signed the PaQte: never to be added), administrations (public), associations (permalink), total of the three.';
COMMENT ON COLUMN statistics.platform_figures.seats IS '"Offres proposées": the sum of max_candidates.';
COMMENT ON COLUMN statistics.platform_figures.applications IS 'All but drafts.';
COMMENT ON COLUMN statistics.platform_figures.applications_m IS 'Of boys.';
COMMENT ON COLUMN statistics.platform_figures.applications_f IS 'Of girls, counted and not subtracted.';
COMMENT ON COLUMN statistics.platform_figures.applications_np IS 'Of pupils who did not say.';
COMMENT ON COLUMN statistics.platform_figures.accepted IS '"Pourvus": approved or convention signed.';
COMMENT ON COLUMN statistics.platform_figures.accepted_m IS 'Of boys.';
COMMENT ON COLUMN statistics.platform_figures.accepted_f IS 'Of girls, counted and not subtracted.';
COMMENT ON COLUMN statistics.platform_figures.accepted_np IS 'Of pupils who did not say.';
COMMENT ON COLUMN statistics.platform_figures.refused IS '"Refusées": rejected and expired.';
COMMENT ON COLUMN statistics.platform_figures.rejected IS 'Refused by the owner of the offer.';
COMMENT ON COLUMN statistics.platform_figures.expired IS 'Refused because nobody answered in time.';
COMMENT ON COLUMN statistics.platform_figures.seats_by_month IS
    'Seats of the offers created by the end of each month, September to August, Europe/Paris; the twelfth equals seats.';
COMMENT ON COLUMN statistics.platform_figures.accepted_by_month IS
    'Accepted by the end of each month, by approved_at (or the signature, where that is missing); the twelfth equals accepted.';
COMMENT ON COLUMN statistics.platform_figures.refreshed_at IS 'Everything committed before this instant is counted.';

CREATE TABLE statistics.platform_breakdown (
    school_year int NOT NULL,
    department_code text NOT NULL,
    dimension text NOT NULL CHECK (dimension IN ('sector', 'group')),
    item_id bigint NOT NULL,
    seats int NOT NULL,
    applications int NOT NULL,
    applications_m int NOT NULL,
    applications_f int NOT NULL,
    applications_np int NOT NULL,
    accepted int NOT NULL,
    accepted_m int NOT NULL,
    accepted_f int NOT NULL,
    accepted_np int NOT NULL,
    refused int NOT NULL,
    rejected int NOT NULL,
    expired int NOT NULL,
    refreshed_at timestamptz NOT NULL,
    PRIMARY KEY (school_year, department_code, dimension, item_id)
);
COMMENT ON TABLE statistics.platform_breakdown IS
    'The total of a département by sector and by group, of those that have offers; the sum of a dimension is the total block of platform_figures. Measures as there.';
COMMENT ON COLUMN statistics.platform_breakdown.school_year IS 'Y of Y/Y+1.';
COMMENT ON COLUMN statistics.platform_breakdown.department_code IS 'Department of the offer; FR: all of France.';
COMMENT ON COLUMN statistics.platform_breakdown.dimension IS 'sector or group: what item_id is the id of.';
COMMENT ON COLUMN statistics.platform_breakdown.item_id IS 'Sector or group; 0 stands for offers without a group ("Indépendant").';
COMMENT ON COLUMN statistics.platform_breakdown.seats IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.applications IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.applications_m IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.applications_f IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.applications_np IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.accepted IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.accepted_m IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.accepted_f IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.accepted_np IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.refused IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.rejected IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.expired IS 'As in platform_figures.';
COMMENT ON COLUMN statistics.platform_breakdown.refreshed_at IS 'Everything committed before this instant is counted.';

CREATE TABLE statistics.filled_figures (
    school_year int NOT NULL,
    ministry_id bigint NOT NULL,
    department_code text NOT NULL,
    on_platform int NOT NULL,
    on_site int NOT NULL,
    remote int NOT NULL,
    hybrid int NOT NULL,
    private int NOT NULL,
    private_paqte int NOT NULL CHECK (private_paqte <= private),
    public int NOT NULL,
    off_platform int NOT NULL CHECK (off_platform = on_site + remote + hybrid AND off_platform = private + public),
    grand_total int NOT NULL CHECK (grand_total = on_platform + off_platform),
    off_platform_updated_at timestamptz,
    refreshed_at timestamptz NOT NULL,
    PRIMARY KEY (school_year, ministry_id, department_code)
);
COMMENT ON TABLE statistics.filled_figures IS
    'Filled placements of a scope: off the platform by type and by sector, and in all. Seats offered are never part of a total here.';
COMMENT ON COLUMN statistics.filled_figures.school_year IS
    'Y of Y/Y+1; off the platform it begins with the ISO week that holds 1 September Y.';
COMMENT ON COLUMN statistics.filled_figures.ministry_id IS 'A public group; 0: everything.';
COMMENT ON COLUMN statistics.filled_figures.department_code IS 'FR: all of France.';
COMMENT ON COLUMN statistics.filled_figures.on_platform IS 'Accepted of the total block of platform_figures.';
COMMENT ON COLUMN statistics.filled_figures.on_site IS 'Off the platform, présentiel: the sum of seats_used, as in all that follow.';
COMMENT ON COLUMN statistics.filled_figures.remote IS 'Off the platform, à distance.';
COMMENT ON COLUMN statistics.filled_figures.hybrid IS 'Off the platform, hybride.';
COMMENT ON COLUMN statistics.filled_figures.private IS 'Off the platform, with companies.';
COMMENT ON COLUMN statistics.filled_figures.private_paqte IS 'Of private, those whose group signed the PaQte.';
COMMENT ON COLUMN statistics.filled_figures.public IS 'Off the platform, with administrations.';
COMMENT ON COLUMN statistics.filled_figures.off_platform IS 'Total off the platform; talks and workshops are not in it.';
COMMENT ON COLUMN statistics.filled_figures.grand_total IS 'Filled in all: on the platform and off it.';
COMMENT ON COLUMN statistics.filled_figures.off_platform_updated_at IS
    'Latest change of a counted placement at its association; null where there is none.';
COMMENT ON COLUMN statistics.filled_figures.refreshed_at IS 'Everything committed before this instant is counted.';

CREATE TABLE statistics.global_figures (
    school_year int PRIMARY KEY,
    rep_registered int NOT NULL,
    rep_eligible int NOT NULL,
    rep_plus_registered int NOT NULL,
    rep_plus_eligible int NOT NULL,
    other_registered int NOT NULL,
    other_eligible int NOT NULL,
    seats_public int NOT NULL,
    seats_private int NOT NULL,
    seats int NOT NULL CHECK (seats = seats_public + seats_private),
    filled_on_site int NOT NULL,
    filled_remote int NOT NULL,
    filled int NOT NULL CHECK (filled = filled_on_site + filled_remote),
    pupils int NOT NULL,
    associations int NOT NULL,
    refreshed_at timestamptz NOT NULL
);
COMMENT ON TABLE statistics.global_figures IS
    'What a visitor sees without signing in. Each refreshed year has exactly one row, also a year without any offer; schools, pupils and associations are those of the instant of the refresh.';
COMMENT ON COLUMN statistics.global_figures.school_year IS 'Y of Y/Y+1; the page shows statistics.current_school_year().';
COMMENT ON COLUMN statistics.global_figures.rep_registered IS 'Of rep_eligible, those with a confirmed head teacher whose account is not deleted.';
COMMENT ON COLUMN statistics.global_figures.rep_eligible IS 'Visible schools of kind REP.';
COMMENT ON COLUMN statistics.global_figures.rep_plus_registered IS 'Of rep_plus_eligible, likewise.';
COMMENT ON COLUMN statistics.global_figures.rep_plus_eligible IS 'Visible schools of kind REP+.';
COMMENT ON COLUMN statistics.global_figures.other_registered IS 'Of other_eligible, likewise.';
COMMENT ON COLUMN statistics.global_figures.other_eligible IS 'Visible schools of any other kind, or of none.';
COMMENT ON COLUMN statistics.global_figures.seats_public IS 'Seats of public offers, those of associations included.';
COMMENT ON COLUMN statistics.global_figures.seats_private IS 'Seats of private offers, those of associations included.';
COMMENT ON COLUMN statistics.global_figures.seats IS 'Seats of all offers of the year.';
COMMENT ON COLUMN statistics.global_figures.filled_on_site IS
    'Accepted on the platform, and filled off it on site or in hybrid form.';
COMMENT ON COLUMN statistics.global_figures.filled_remote IS 'Filled off the platform, à distance.';
COMMENT ON COLUMN statistics.global_figures.filled IS 'Grand total of filled placements.';
COMMENT ON COLUMN statistics.global_figures.pupils IS 'Pupil accounts, confirmed and not deleted.';
COMMENT ON COLUMN statistics.global_figures.associations IS 'Partner associations.';
COMMENT ON COLUMN statistics.global_figures.refreshed_at IS
    'Everything committed before this instant is counted; also the age of the year''s rows in the other tables.';

-- Staleness. A writer adds a mark of his own and never waits for another one's: a single row per year that all of
-- them updated would let one application be answered at a time. A mark becomes visible with the change that it stands
-- for, and a refresh deletes it in the statement, hence in the snapshot, in which it counts: a change that commits
-- during a refresh is not in that snapshot, neither is its mark, and the mark survives for the next refresh.

CREATE TABLE statistics.stale (
    school_year int NOT NULL,
    writer xid8 NOT NULL DEFAULT pg_current_xact_id(),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_year, writer)
);
COMMENT ON TABLE statistics.stale IS 'Years whose figures are out of date, with the transactions that made them so.';
COMMENT ON COLUMN statistics.stale.school_year IS 'Y of Y/Y+1.';
COMMENT ON COLUMN statistics.stale.writer IS
    'Transaction of the change: one mark for all that it changes in a year. Never skip a mark because another transaction''s is there already: a running refresh may be about to delete that one.';
COMMENT ON COLUMN statistics.stale.since IS 'When the change was made.';

CREATE FUNCTION statistics.mark_stale(years int[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO statistics.stale (school_year)
    SELECT y FROM statistics.known_school_years() y WHERE y = ANY (years)
    ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION statistics.mark_stale IS 'Marks those of the years that have figures, for the calling transaction.';
REVOKE EXECUTE ON FUNCTION statistics.mark_stale FROM PUBLIC;
