# shellcheck shell=bash
# Sourced by deploy/bench: how long after its commit a job is running, on an idle system.

# script JOBS MILLISECONDS: one psql session, so that no job pays for a connection; the temporary table is filled in
# the transaction of the job, and costs no flush of its own.
script() {
    local n
    echo 'CREATE TEMPORARY TABLE asked (job uuid, at timestamptz);'
    for ((n = 0; n < $1; n++)); do
        printf 'SELECT pg_sleep(%d / 1000.0) \\g /dev/null\n' "$2"
        echo "BEGIN; INSERT INTO asked SELECT relais.enqueue('account.activation',"
        echo "jsonb_build_object('identifier', 'nobody-$2-$n@bench.invalid')), clock_timestamp(); COMMIT;"
    done
    cat <<'SQL'
DO $$
BEGIN
    FOR tenth IN 1..300 LOOP
        EXIT WHEN NOT EXISTS (SELECT FROM relais.job JOIN asked ON job = id);
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;
SELECT format('commit to running %s ms in the median, %s ms p99, %s ms at most; %s of %s jobs have ended',
    round(percentile_disc(0.5) WITHIN GROUP (ORDER BY ms), 1),
    round(percentile_disc(0.99) WITHIN GROUP (ORDER BY ms), 1),
    round(max(ms), 1), count(f.id), count(*))
FROM asked LEFT JOIN relais.job_finished f ON f.id = asked.job,
    LATERAL (SELECT extract(epoch FROM f.first_claimed_at - asked.at) * 1000 AS ms) AS span
SQL
}

# measure_latency JOBS
measure_latency() {
    local pause
    # The first jobs make connections and prepare statements; that is not what an idle system does.
    script 20 50 | query >/dev/null
    for pause in 50 400; do
        echo "bench: a job every $pause ms: $(script "$1" "$pause" | query)"
    done
}
