-- What an adapter's database role may do in schema platform: read what the jobs read, write what they write.
--
-- Run as the owner of the relations, after schema.sql:  psql -v role=relais_worker -f grants.sql
-- Without -v the role is relais_worker; it is created without login if it does not exist. Safe to run twice.
-- Over views the same grants apply to the views.

\if :{?role}
\else
    \set role relais_worker
\endif
SELECT format('CREATE ROLE %I NOLOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

GRANT USAGE ON SCHEMA platform TO :"role";

GRANT SELECT ON
    platform.department, platform.week, platform.organisation_group, platform.sector, platform.association,
    platform.school, platform.school_week, platform.account, platform.referent_invitation,
    platform.offer, platform.offer_week, platform.application, platform.off_platform_placement
    TO :"role";

-- Redeeming an activation token.
GRANT UPDATE (confirmed_at) ON platform.account TO :"role";

-- The expiry sweep and the reminders. A column grant is also enough for their FOR UPDATE SKIP LOCKED.
GRANT UPDATE (state, expired_at, reminded_at) ON platform.application TO :"role";

-- An association's placements are replaced as a whole, so nothing is ever updated in place.
-- The identity column needs no grant on its sequence.
GRANT INSERT, DELETE ON platform.off_platform_placement TO :"role";

-- Statement triggers mark school years stale in the writer's transaction. Whoever runs the migrations needs
-- this to create them; their function is SECURITY DEFINER, so that no writer needs a grant on schema statistics.
-- It is not given to the workers: without it each tick of the statistics refreshes every year.
--
--   GRANT TRIGGER ON platform.account, platform.school, platform.organisation_group, platform.sector,
--       platform.association, platform.offer, platform.application, platform.off_platform_placement TO relais_migrations;
