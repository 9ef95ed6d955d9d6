# shellcheck shell=bash
# Sourced by deploy/bench: an export of very many offers, beside XlsxWriter in Python that writes the same cells.

few_offers=10000
least_ratio=3
most_growth=10240
year_of_export=2021
profile_rate=199

# The demonstration's offers of one year, set apart: what the others are made of.
make_models() {
    deploy/platform/generate --replace --seed 1 --now 2022-05-15T12:00:00Z >"$stack/generate.log"
    query <<'SQL'
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.offer AS SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM platform.offer;
CREATE UNIQUE INDEX ON bench.offer (number);
CREATE TABLE bench.week AS SELECT number, week FROM platform.offer_week JOIN bench.offer ON id = offer_id;
CREATE INDEX ON bench.week (number);
CREATE TABLE bench.application AS
    SELECT number, a.* FROM platform.application a JOIN bench.offer o ON o.id = offer_id;
CREATE INDEX ON bench.application (number);
ANALYZE;
TRUNCATE platform.offer CASCADE;
SQL
}

# make_offers FIRST LAST: each has what, when and for whom of one model, where and by whom of another, and the tutor of a
# third, so that the file does not repeat itself more than a real one. A few have what no calendar, cell or XML takes.
make_offers() {
    query <<SQL
WITH pair AS (
    SELECT n, n * 7919 % total AS what, (n * 104729 + n / total) % total AS employer, (n * 15485863 + 7) % total AS tutor
    FROM generate_series($1::bigint, $2) AS n, (SELECT count(*) AS total FROM bench.offer) models
)
INSERT INTO platform.offer
SELECT n,
    CASE WHEN n % 9001 = 0 THEN w.title || E' _x0041_ \t&<\u202e\U0001f3ad\x02' ELSE w.title END,
    CASE WHEN n % 20011 = 0 THEN repeat('long ', 8000) ELSE w.description END,
    w.max_candidates, e.owner_id, w.sector_id, e.group_id, e.is_public, w.school_id, w.track, e.department_code,
    e.academy, e.street, e.zipcode, e.city, e.employer_name, e.employer_website, e.employer_description, t.tutor_name,
    t.tutor_email, t.tutor_phone, e.permalink || '/' || n, w.first_date, w.last_date,
    CASE WHEN n % 10007 = 0 THEN 'infinity' ELSE w.published_at END, w.discarded_at, w.view_count, w.created_at
FROM pair
JOIN bench.offer w ON w.number = what JOIN bench.offer e ON e.number = employer JOIN bench.offer t ON t.number = tutor;
INSERT INTO platform.offer_week
SELECT n, week FROM generate_series($1::bigint, $2) AS n
JOIN bench.week ON number = n * 7919 % (SELECT count(*) FROM bench.offer);
INSERT INTO platform.application (offer_id, student_id, week, state, motivation, submitted_at, approved_at, rejected_at,
    canceled_at, expired_at, convention_signed_at)
SELECT n, student_id, week, state, motivation, submitted_at, approved_at, rejected_at, canceled_at, expired_at,
    convention_signed_at
FROM generate_series($1::bigint, $2) AS n
JOIN bench.application ON number = n * 7919 % (SELECT count(*) FROM bench.offer);
VACUUM (ANALYZE) platform.offer, platform.offer_week, platform.application;
CHECKPOINT;
SQL
}

# The values of all cells, worked out here once more: the number of week columns, then each row in a line of its own. What no
# cell takes is left to whoever reads them.
write_cells() {
    query -v FETCH_COUNT=10000 <<'SQL'
CREATE FUNCTION pg_temp.spoken(day date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE extract(day FROM day) WHEN 1 THEN '1er' ELSE extract(day FROM day)::text END || ' '
    || ('{janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre}'::text[])[extract(month FROM day)];
SET jit = off;
SET work_mem = '64MB';
SELECT coalesce(max(weeks), 0) FROM (SELECT count(*) AS weeks FROM platform.offer_week GROUP BY offer_id) counted;
WITH week AS (
    SELECT offer_id, jsonb_agg('Du ' || pg_temp.spoken(first_day) || ' au ' || pg_temp.spoken(last_day) ORDER BY week) AS words
    FROM platform.offer_week JOIN platform.week USING (week) GROUP BY offer_id
), answer AS (
    SELECT offer_id, count(*) FILTER (WHERE state = 'submitted') AS waiting,
        count(*) FILTER (WHERE state IN ('rejected', 'expired')) AS refused,
        count(*) FILTER (WHERE state IN ('approved', 'convention_signed')) AS accepted
    FROM platform.application GROUP BY offer_id
)
SELECT jsonb_build_array(
    o.title, o.description,
    CASE o.max_candidates WHEN 1 THEN 'Stage individuel (un seul élève par stage)'
        ELSE 'Stage collectif (par groupe de ' || o.max_candidates || ' élèves)' END,
    CASE o.published_at WHEN 'infinity' THEN 'infini' ELSE to_char(o.published_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD') END,
    to_char(o.discarded_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD'),
    coalesce(waiting, 0), coalesce(refused, 0), coalesce(accepted, 0), d.name, o.academy, o.permalink, o.view_count,
    coalesce(g.name, 'Indépendant'), CASE WHEN o.is_public THEN 'Public' ELSE 'Privé' END, s.name, o.tutor_name,
    o.tutor_email, o.tutor_phone,
    concat_ws(E'\n', o.employer_name, nullif(o.employer_website, ''), nullif(o.employer_description, '')),
    concat_ws(E'\n', nullif(o.street, ''), nullif(o.zipcode, ''), nullif(o.city, '')),
    concat_ws(E'\n', c.name, nullif(concat_ws(' – ', nullif(c.city, ''), 'CP ' || nullif(c.zipcode, '')), '')),
    CASE WHEN week.words IS NULL THEN 'Oui' ELSE 'Non' END) || coalesce(week.words, '[]')
FROM platform.offer o
JOIN platform.department d ON d.code = o.department_code JOIN platform.sector s ON s.id = o.sector_id
LEFT JOIN platform.organisation_group g ON g.id = o.group_id LEFT JOIN platform.school c ON c.id = o.school_id
LEFT JOIN week ON week.offer_id = o.id LEFT JOIN answer ON answer.offer_id = o.id
ORDER BY o.department_code, o.title COLLATE "fr-x-icu", o.id
SQL
}

# A process that has done nothing yet, so that the peak of its memory is that of one export; and for this queue alone.
start_workers() {
    terminate workers TERM 45
    launch workers "$programs/workers" run --only export
    await_ready workers 60 ready "$RELAIS_WORKERS_PORT" || die 'the workers are not ready'
}

# export_offers REQUESTER: asks for the file at intake and waits for the end of its job. Prints the job's id and state, and
# the seconds of the whole, of reading and writing rows, of completing the file, of keeping it and of its mail.
export_offers() {
    local answer job
    answer=$(curl -fsS -m 10 -H "Authorization: Bearer $BENCH_TOKEN" -H 'Content-Type: application/json' \
        -d "{\"school_year\": $year_of_export, \"requested_by\": $1}" \
        "http://127.0.0.1:$RELAIS_HTTP_PORT/v1/jobs/export.offers") || return
    job=$(sed -E 's/.*"id":"([^"]*)".*/\1/' <<<"$answer")
    # Waited for inside the server: asking it from here would take processor time from what is measured. The job says when
    # all rows were written; that row goes with the job.
    query <<SQL
DO \$\$
DECLARE
    written text := '';
BEGIN
    FOR tenth IN 1..18000 LOOP
        EXIT WHEN EXISTS (SELECT FROM relais.job_finished WHERE id = '$job');
        SELECT coalesce(max(updated_at)::text, written) INTO written FROM relais.progress WHERE job = '$job' AND done = total;
        PERFORM pg_sleep(0.1);
    END LOOP;
    PERFORM set_config('bench.written', coalesce(written, ''), false);
END
\$\$;
SELECT j.id, j.state, round(extract(epoch FROM finished_at - first_claimed_at), 1),
    round(extract(epoch FROM coalesce(written, created) - first_claimed_at), 1),
    round(extract(epoch FROM created - coalesce(written, created)), 1),
    round(extract(epoch FROM handed_over_at - created), 1), round(extract(epoch FROM finished_at - handed_over_at), 1)
FROM relais.job_finished j LEFT JOIN relais.mail m ON m.job = j.id
LEFT JOIN (SELECT id, created_at AS created FROM delivery.file) f ON f.id = j.id
CROSS JOIN (SELECT nullif(current_setting('bench.written'), '')::timestamptz AS written) w
WHERE j.id = '$job'
SQL
}

# keep_file JOB PATH
keep_file() {
    query -c "SELECT upper(encode(content, 'hex')) FROM delivery.file_chunk WHERE file = '$1' ORDER BY number" \
        | basenc -d --base16 -i >"$2"
}

# With perf (package linux-perf) one sees what the processors did meanwhile, of all processes.
begin_profile() {
    rm -f "$stack/perf.data"
    if command -v perf >/dev/null; then launch perf perf record -q -a -F $profile_rate -o "$stack/perf.data"; fi
}

# say_profile WORKERS: of the process of that id by library.
say_profile() {
    terminate perf INT 60
    if [[ ! -s $stack/perf.data ]]; then
        echo 'bench: with perf (package linux-perf) this would say what the processors did'
        return
    fi
    echo 'bench: what the processors did meanwhile, in seconds of processor time'
    perf script -i "$stack/perf.data" -F comm,pid,ip,dso 2>/dev/null | awk -v rate=$profile_rate -v workers="$1" '
        $1 ~ /^(swapper|perf)$/ { next }
        {
            library = $NF
            gsub(/[()]|.*\//, "", library)
            sub(/\.so.*/, "", library)
            if (library ~ /kernel/) library = "kernel"
            count[$0 ~ "[^0-9]" workers "[^0-9]" ? "workers: " library : $1 == "postgres" ? "postgres" : "others"]++
        }
        END { for (name in count) printf "%8.1f s  %s\n", count[name] / rate, name }' | sort -rn | awk '$1 >= 0.5'
}

# measure_export OFFERS
measure_export() {
    local count=$1 requester job state whole few_whole rows complete keep mail few many reading writing outcome=0
    /usr/bin/python3 -c 'import xlsxwriter' 2>/dev/null || die 'XlsxWriter is missing: apt-get install python3-xlsxwriter'
    # Both sides keep their temporary files here.
    export TMPDIR=$stack/files
    rm -rf "$TMPDIR"
    mkdir "$TMPDIR"
    make_models
    requester=$(query -c "SELECT min(id) FROM platform.account WHERE kind = 'administrator' AND discarded_at IS NULL")

    make_offers 1 $few_offers
    start_workers
    IFS='|' read -r job state few_whole rows complete keep mail < <(export_offers "$requester")
    [[ $state == 'done' ]] || die "the export of $few_offers offers ended ${state:-nowhere}: $stack/workers.log"
    few=$(status_of "$(pid_of workers)" VmHWM)
    ((count == few_offers)) || make_offers $((few_offers + 1)) "$count"
    start_workers
    begin_profile
    IFS='|' read -r job state whole rows complete keep mail < <(export_offers "$requester")
    [[ $state == 'done' ]] || die "the export of $count offers ended ${state:-nowhere}: $stack/workers.log"
    many=$(status_of "$(pid_of workers)" VmHWM)
    echo "bench: Relais took $few_whole s for $few_offers offers, and for $count, from the claim to the end of the job, $whole s:"
    printf '%8s s  %s\n' "$rows" 'reading and writing rows' "$complete" 'completing the file' \
        "$keep" 'keeping it in PostgreSQL' "$mail" 'the mail'
    say_profile "$(pid_of workers)"
    terminate workers TERM 45

    keep_file "$job" "$TMPDIR/relais.xlsx"
    write_cells >"$TMPDIR/cells"
    deploy/lib/bench-xlsxwriter "$TMPDIR/cells" "$TMPDIR/xlsxwriter.xlsx" "$TMPDIR/relais.xlsx" >"$stack/xlsxwriter.log" \
        || die 'the two files differ'
    IFS='|' read -r reading writing <"$stack/xlsxwriter.log"
    echo "bench: XlsxWriter took $writing s for the same cells, not counting $reading s for reading them from a file;" \
        "the sheets are equal, byte by byte; Relais' file has $(stat -c %s "$TMPDIR/relais.xlsx") bytes," \
        "that of XlsxWriter $(stat -c %s "$TMPDIR/xlsxwriter.xlsx")"
    rm -rf "$TMPDIR"
    query -c 'SET client_min_messages = warning' -c 'DROP SCHEMA bench CASCADE' \
        -c 'TRUNCATE platform.offer, delivery.file CASCADE'

    awk -v relais="$whole" -v python="$writing" -v least=$least_ratio 'BEGIN {
        ratio = python / relais
        printf "bench: XlsxWriter to Relais, ratio %.2f%s\n", ratio,
            ratio < least ? "  FAILED: expected at least " least : ""
        exit ratio < least
    }' || outcome=1
    echo "bench: the workers' memory was at most $(in_megabytes "$few") MB with $few_offers offers," \
        "$(in_megabytes "$many") MB with $count"
    if ((many > few + most_growth)); then
        echo "bench: FAILED: expected at most $(in_megabytes $most_growth) MB more"
        outcome=1
    fi
    return $outcome
}
