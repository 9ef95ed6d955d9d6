# shellcheck shell=bash
# Sourced by deploy/demo: the five jobs, and what became of them.

ids=()
failed=()
job_count=5

# ask KIND ARGUMENTS: over HTTP, as the platform would.
ask() {
    local answer status
    answer=$(curl -sS -m 10 -K "$stack/curl.conf" -H 'Content-Type: application/json' --data-binary "$2" \
        -w '\n%{http_code}' "$api/v1/jobs/$1")
    status=${answer##*$'\n'}
    [[ $status == 202 && $answer =~ \"id\"\ *:\ *\"([0-9a-f-]{36})\" ]] \
        || die "POST /v1/jobs/$1: expected 202 with an id, got $status: ${answer%$'\n'*}"
    ids+=("${BASH_REMATCH[1]}")
}

# In SQL, in the transaction of what the job is about: the account and the job that activates it exist together or not.
sign_up() {
    local id
    id=$(query <<'END'
BEGIN;
INSERT INTO platform.account (kind, email, first_name, last_name)
VALUES ('employer', 'Camille.Verdier@atelier-du-pont.example', 'Camille', 'Verdier') RETURNING id AS account \gset
SELECT relais.enqueue('account.activation', jsonb_build_object('account_id', :account));
COMMIT;
END
    )
    ids+=("$id")
}

ask_for_jobs() {
    sign_up
    # By the address that somebody typed: what is stored is the account's id.
    ask account.password-reset "{\"identifier\": \"$forgetful\"}"
    ask application.expiry-sweep '{}'
    ask export.offers "{\"school_year\": $school_year, \"requested_by\": $administrator}"
    ask statistics.refresh '{}'
    say "demo: 1 job asked for in SQL, 4 over HTTP"
}

# One line a job, in the order of asking: kind, id, state, ms from asking to its first claim, ms of its last attempt,
# what came of it as far as the database knows. Separated by the character 1F.
job_lines() {
    query -F $'\x1f' -v ids="{$(listed "${ids[@]}")}" <<'SQL'
WITH asked AS (SELECT * FROM unnest(:'ids'::uuid[]) WITH ORDINALITY AS a (id, place)),
job AS (
    SELECT id, kind, state, NULL AS reason, NULL::jsonb AS result, created_at, first_claimed_at, claimed_at,
        NULL::timestamptz AS finished_at FROM relais.job
    UNION ALL
    SELECT id, kind, state, reason, result, created_at, first_claimed_at, claimed_at, finished_at
    FROM relais.job_finished
), figure (at) AS (
    SELECT refreshed_at FROM statistics.platform_figures UNION ALL SELECT refreshed_at FROM statistics.platform_breakdown
    UNION ALL SELECT refreshed_at FROM statistics.filled_figures UNION ALL SELECT refreshed_at FROM statistics.global_figures
)
SELECT kind, id, state,
    round(extract(epoch FROM first_claimed_at - created_at) * 1000),
    round(extract(epoch FROM finished_at - claimed_at) * 1000),
    CASE
        WHEN state <> 'done' THEN coalesce(reason, (
            SELECT format('attempt %s: %s: %s', f.attempt, f.error_class, f.message)
            FROM relais.failure f WHERE f.job = id ORDER BY f.attempt DESC LIMIT 1))
        WHEN kind = 'export.offers' THEN format('%s, %s rows', result ->> 'file', to_char((result ->> 'rows')::int, 'FM999,999,999'))
        WHEN kind = 'application.expiry-sweep' THEN format('%s applications expired, %s pupils told so far',
            to_char((result ->> 'expired')::int, 'FM999,999,999'), (
                SELECT to_char(count(*), 'FM999,999,999') FROM relais.job_finished n
                WHERE n.kind = 'application.expired-notice' AND n.state = 'done' AND n.created_at >= job.claimed_at))
        WHEN kind = 'statistics.refresh' THEN format('%s figures of %s school years refreshed',
            (SELECT to_char(count(*), 'FM999,999,999') FROM figure WHERE at >= claimed_at),
            jsonb_array_length(result -> 'school_years'))
    END
FROM asked JOIN job USING (id) ORDER BY place
SQL
}

# await_jobs SECONDS: until all have ended, one way or the other. 1 when the time is up or a program died.
await_jobs() {
    local start=$SECONDS line fields states shown='' waiting
    while :; do
        states=() waiting=0
        while IFS= read -r line; do
            IFS=$'\x1f' read -ra fields <<<"$line"
            states+=("${fields[0]} ${fields[2]}")
            [[ ${fields[2]} != @(pending|dispatched|running) ]] || waiting=$((waiting + 1))
        done < <(job_lines)
        line="waiting $((SECONDS - start)) s: $(listed "${states[@]}")"
        progress "$line"
        if [[ ! -t 1 && ${states[*]} != "$shown" ]]; then
            say "demo: $line"
            shown=${states[*]}
        fi
        ((waiting + job_count - ${#states[@]} > 0)) || return 0
        programs_alive || return 1
        ((SECONDS - start < $1)) || return 1
        sleep 0.2
    done
}

# Prints the table; sets `verdict`, and `failed` to what was not done.
verdict_of_jobs() {
    local table dead
    table=$(job_lines | deploy/lib/demo-table "$RELAIS_STACK_DIRECTORY/mails") || die 'the table could not be made'
    read -ra failed <<<"${table##*failed:}"
    echo
    echo "${table%$'\n'*}"
    echo
    verdict="demo: $((job_count - ${#failed[@]})) of $job_count jobs done in $SECONDS s"
    dead=$(dead_programs)
    [[ -z $dead ]] || failed+=("$dead ended by itself")
}

show_failures() {
    ((${#failed[@]})) || return 0
    say "demo: failed: $(listed "${failed[@]}")"
    tail_logs
}

invite() {
    cat <<END
Up until Ctrl-C. In another shell, from this checkout:

  the mails          ls -t $RELAIS_STACK_DIRECTORY/mails | head
  the logs           tail -f ${stack#"$checkout/"}/producer.log ${stack#"$checkout/"}/workers.log
  a job              curl -K ${stack#"$checkout/"}/curl.conf $api/v1/jobs/${ids[3]}
  a new job          curl -K ${stack#"$checkout/"}/curl.conf -H 'Content-Type: application/json' \\
                       -d '{"school_year": $school_year, "department": "75", "requested_by": $administrator}' \\
                       $api/v1/jobs/export.offers
  the database       eval "\$(deploy/stack env)"; psql -c 'SELECT kind, state, count(*) FROM relais.job_finished GROUP BY 1, 2'
  in a transaction   psql -c "BEGIN; SELECT relais.enqueue('statistics.refresh', '{\"school_year\": $school_year}'); COMMIT"
  an exported file   psql -c 'SELECT id, filename, size, rows FROM delivery.file'
  the metrics        curl http://127.0.0.1:$RELAIS_WORKERS_PORT/metrics

END
}
