# shellcheck shell=bash
# Sourced by deploy/bench: a sweep of overdue applications beside the bare SQL that does the same, and what password resets
# notice of it.

# 10,000 offers, and pupils enough that no stream of resets asks for one twice.
make_people() {
    query <<'SQL'
SET client_min_messages = warning;
TRUNCATE platform.account, platform.sector, delivery.token CASCADE;
INSERT INTO platform.department (code, name, academy) VALUES ('35', 'Ille-et-Vilaine', 'Rennes') ON CONFLICT DO NOTHING;
INSERT INTO platform.sector (id, name) VALUES (1, 'Bench');
INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
    SELECT n, 'student', format('pupil-%s@bench.example', n), 'A', 'B', now() FROM generate_series(1, 100000) AS n
    UNION ALL SELECT 100001, 'employer', 'owner@bench.example', 'A', 'B', now();
INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy, employer_name,
        first_date, last_date)
    SELECT n, 'Bench', 100001, 1, false, '35', 'Rennes', 'Bench', current_date, current_date + 4
    FROM generate_series(1, 10000) AS n;
SQL
}

# make_overdue N: applications with the same ids each time, and nothing left of what was done with the former ones.
make_overdue() {
    query <<SQL
SET client_min_messages = warning;
TRUNCATE platform.application, relais.job;
INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
    SELECT n, 1 + n % 10000, 1 + (n / 10000 + n % 10000 * 10) % 100000, 'submitted',
        now() - interval '16 days' - n * interval '1 second'
    FROM generate_series(1, $1) AS n;
TRUNCATE statistics.stale;
VACUUM (ANALYZE);
CHECKPOINT;
SQL
}

# What a sweep leaves: how many applications expired, the notices with a fingerprint of them, the stale school years.
effects() {
    query <<'SQL'
SELECT (SELECT count(*) FROM platform.application WHERE state = 'expired'), count(*),
    sum(hashtextextended(row(kind, queue, state, arguments, subject)::text, 0)),
    (SELECT string_agg(DISTINCT school_year::text, ' ') FROM statistics.stale)
FROM relais.job WHERE kind = 'application.expired-notice'
SQL
}

# The same in one transaction and as few statements as SQL has for it. Prints when it began and ended.
sweep_bare() {
    query <<'SQL'
SELECT clock_timestamp() AS began \gset
WITH expired AS (
    UPDATE platform.application SET state = 'expired', expired_at = :'began'
    WHERE state = 'submitted' AND submitted_at < :'began'::timestamptz - interval '360 hours'
    RETURNING id, student_id
)
INSERT INTO relais.job (kind, queue, arguments, subject)
SELECT 'application.expired-notice', 'notice', jsonb_build_object('application_id', id), student_id FROM expired;
SELECT extract(epoch FROM :'began'::timestamptz), extract(epoch FROM clock_timestamp())
SQL
}

# By a worker, past the guard. Prints when the job began and ended.
sweep_by_worker() {
    local answer job
    answer=$("$programs/producer" expiry run --force --reason 'measuring a sweep') || return
    job=${answer##* }
    wait_until $((60 + $1 / 200)) 'the sweep' is_so \
        "EXISTS (SELECT FROM relais.job_finished WHERE id = '$job' AND state = 'done')" || return
    query -c "SELECT extract(epoch FROM first_claimed_at), extract(epoch FROM finished_at)
        FROM relais.job_finished WHERE id = '$job'"
}

has_asked() { (($(wc -l <"$stack/resets.log") >= $1)); }

# during_resets FIRST COMMAND…: runs it in a stream of resets of the accounts from FIRST on, and sets `span` to what it
# prints, the instants between which it ran.
during_resets() {
    : >"$stack/resets.log"
    launch resets deploy/lib/bench-resets --first "$1"
    wait_until 30 'the first resets' has_asked 20
    span=$("${@:2}")
    pid_of resets >/dev/null || die "the stream of resets broke off: $stack/resets.log"
    terminate resets TERM 60
    wait_until 300 'the last resets' is_so \
        "NOT EXISTS (SELECT FROM relais.job WHERE kind = 'account.password-reset')"
}

# A stream with nothing beside it.
idle() {
    local began=$EPOCHREALTIME
    wait_until 120 "$1 resets" has_asked "$1" || return
    echo "$began|$EPOCHREALTIME"
}

# say_resets WHEN: the resets that were due within `span`; sets `p99` to that of their answers and of their starts, in ms.
say_resets() {
    local asked answer start
    IFS='|' read -r asked answer start p99 < <(
        query <<SQL
CREATE TEMPORARY TABLE asked (job uuid, due float8, answered float8);
\\copy asked FROM '$stack/resets.log'
SELECT asked, round(answer[1]::numeric, 1), round(start[1]::numeric, 1),
    round(answer[2]::numeric, 1), round(start[2]::numeric, 1)
FROM (
    SELECT count(*) AS asked,
        percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY (answered - due) * 1000) AS answer,
        percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY
            (extract(epoch FROM first_claimed_at)::float8 - due) * 1000) AS start
    FROM asked JOIN relais.job_finished ON id = job WHERE due BETWEEN ${span%|*} AND ${span#*|}
) AS times
SQL
    )
    printf 'bench: %s resets %-16s answered after %6s ms in the median, %6s ms p99; running after %6s ms, %6s ms p99\n' \
        "$asked" "$1" "$answer" "${p99%|*}" "$start" "${p99#*|}"
}

seconds_of() { awk -F '|' '{ print $2 - $1 }' <<<"$span"; }

# measure_sweep APPLICATIONS
measure_sweep() {
    local count=$1 queue span p99 idle_p99 beside_p99 swept done_by_worker outcome=0
    query -f deploy/platform/statistics-triggers.sql
    query -c 'TRUNCATE relais.job'
    for queue in notice statistics; do
        "$programs/producer" queues pause "$queue" --reason 'measuring a sweep' >/dev/null
    done
    make_people

    make_overdue "$count"
    # The first ones make connections and prepare statements.
    during_resets 1 idle 400
    during_resets 1001 idle 2000
    say_resets 'when idle'
    idle_p99=$p99
    during_resets 10001 sweep_by_worker "$count"
    say_resets 'beside the sweep'
    beside_p99=$p99
    swept=$(seconds_of)
    done_by_worker=$(effects)

    make_overdue "$count"
    during_resets 50001 sweep_bare
    say_resets 'beside bare SQL'
    [[ $(effects) == "$done_by_worker" ]] || die "the sweep left $done_by_worker, and bare SQL $(effects)"
    echo "bench: expired, notices, their fingerprint, stale years: $done_by_worker"

    at_most_twice 'the sweep to bare SQL:' "$swept" "$(seconds_of)" s || outcome=1
    at_most_twice 'resets, p99 of the answer, beside the sweep to idle:' "${beside_p99%|*}" "${idle_p99%|*}" ms || outcome=1
    at_most_twice 'resets, p99 of the start, beside the sweep to idle:' "${beside_p99#*|}" "${idle_p99#*|}" ms || outcome=1
    query -c 'TRUNCATE platform.application, relais.job'
    for queue in notice statistics; do
        "$programs/producer" queues resume "$queue" --reason 'measured a sweep' >/dev/null
    done
    return $outcome
}
