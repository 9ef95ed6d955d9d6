# shellcheck shell=bash
# Sourced by deploy/bench: a refresh of all figures by a worker, beside the same statements from psql in one transaction:
# what the server was sent during a first refresh, read from its log. So nothing is compared with a slower way to count, and
# what counts stands nowhere twice; that it is counted right, a recount from outside says.

rounds_of_refresh=3

# ask_refresh: prints the seconds from the claim until others see the end of the job.
ask_refresh() {
    local answer job
    answer=$(curl -fsS -m 10 -H "Authorization: Bearer $BENCH_TOKEN" -H 'Content-Type: application/json' \
        -d '{"every_year": true}' "http://127.0.0.1:$RELAIS_HTTP_PORT/v1/jobs/statistics.refresh") || return
    job=$(sed -E 's/.*"id":"([^"]*)".*/\1/' <<<"$answer")
    query <<SQL
DO \$\$
BEGIN
    FOR hundredth IN 1..60000 LOOP
        EXIT WHEN EXISTS (SELECT FROM relais.job_finished WHERE id = '$job');
        PERFORM pg_sleep(0.01);
    END LOOP;
END
\$\$;
SELECT round(extract(epoch FROM clock_timestamp() - first_claimed_at), 2) FROM relais.job_finished
WHERE id = '$job' AND state = 'done'
SQL
}

# by_psql FILE: the statements of that file in one transaction. Prints the seconds.
by_psql() {
    query <<SQL
SELECT clock_timestamp() AS began \\gset
\\o /dev/null
BEGIN;
\\i $1
COMMIT;
\\o
SELECT round(extract(epoch FROM clock_timestamp() - :'began'), 2)
SQL
}

# As much to clean up before either.
settle() { query -c 'VACUUM (ANALYZE)' -c CHECKPOINT; }

# launch_workers [VARIABLE=VALUE…]
launch_workers() {
    terminate workers TERM 45
    launch workers env "$@" "$programs/workers" run --only statistics
    await_ready workers 60 ready "$RELAIS_WORKERS_PORT" || die 'the workers are not ready'
}

measure_refresh() {
    local round psql worker ratio ratios=() log=$checkout/.local/$RELAIS_STACK/postgres.log from
    deploy/platform/generate --replace --seed 1 --now 2024-05-15T12:00:00Z --years 5 >"$stack/generate.log"
    query -f deploy/platform/statistics-triggers.sql
    settle
    from=$(stat -c %s "$log")
    launch_workers RELAIS_DATABASE_URL="$RELAIS_DATABASE_URL&options=-c%20log_statement%3Dall"
    ask_refresh >/dev/null
    launch_workers
    tail -c +$((from + 1)) "$log" >"$stack/refresh.log"
    deploy/lib/bench-statements "$stack/refresh.log" "^SELECT set_config\('jit'" '^\s*WITH year' >"$stack/refresh.sql"
    query <<'SQL'
SELECT format('bench: %s offers, %s applications, %s accounts, %s placements off the platform',
    (SELECT count(*) FROM platform.offer), (SELECT count(*) FROM platform.application),
    (SELECT count(*) FROM platform.account), (SELECT count(*) FROM platform.off_platform_placement))
SQL
    # Connections and prepared statements, before anybody looks.
    ask_refresh >/dev/null
    for ((round = 1; round <= rounds_of_refresh; round++)); do
        settle
        psql=$(by_psql "$stack/refresh.sql")
        settle
        worker=$(ask_refresh)
        [[ $worker ]] || die "the refresh was not done: $stack/workers.log"
        ratio=$(awk -v worker="$worker" -v psql="$psql" 'BEGIN { printf "%.3f", worker / psql }')
        ratios+=("$ratio $worker $psql")
        echo "bench: round $round: a worker takes $worker s, psql $psql s"
    done
    deploy/platform/recount || die 'the recount differs'
    read -r ratio worker psql < <(printf '%s\n' "${ratios[@]}" | sort -n | sed -n "$((rounds_of_refresh / 2 + 1))p")
    at_most_twice 'the refresh to psql, in the median:' "$worker" "$psql" s
}
