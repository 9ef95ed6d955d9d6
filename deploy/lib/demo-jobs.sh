# shellcheck shell=bash
# Sourced by deploy/demo: one job of each kind, and what became of them.

# In the order of the table.
kinds=(
    account.activation referent.welcome account.password-reset
    application.submitted-notice application.decision-notice application.expiry-sweep application.expired-notice
    application.reminder-sweep application.reminder
    export.offers export.offer-statistics export.schools export.associations export.resend export.not-prepared-notice
    statistics.refresh placements.import
)
# Of these no job is asked for: sweeps and a cancelled export make them.
made=(application.expired-notice application.reminder export.not-prepared-notice)
# The id of the job asked for, by kind.
declare -A ids=()
failed=()
job_count=${#kinds[@]}

# post PATH BODY: over HTTP, as the platform or an operator would. Prints the answer, its status after the last line.
post() {
    curl -sS -m 10 -K "$stack/curl.conf" -H 'Content-Type: application/json' --data-binary "$2" -w '\n%{http_code}' "$api$1"
}

# take_id KIND ANSWER
take_id() {
    [[ ${2##*$'\n'} == 202 && $2 =~ \"id\"\ *:\ *\"([0-9a-f-]{36})\" ]] \
        || die "$1: expected 202 with an id, got ${2##*$'\n'}: ${2%$'\n'*}"
    ids[$1]=${BASH_REMATCH[1]}
}

# ask KIND ARGUMENTS
ask() { take_id "$1" "$(post "/v1/jobs/$1" "$2")"; }

# In SQL, in the transaction of what the job is about: the account and the job that activates it exist together or not.
sign_up() {
    ids[account.activation]=$(query <<'END'
BEGIN;
INSERT INTO platform.account (kind, email, first_name, last_name)
VALUES ('employer', 'Camille.Verdier@atelier-du-pont.example', 'Camille', 'Verdier') RETURNING id AS account \gset
SELECT relais.enqueue('account.activation', jsonb_build_object('account_id', :account));
COMMIT;
END
    )
}

# An owner accepts the application of a pupil who has an address, and writes to him.
decide() {
    ids[application.decision-notice]=$(query <<'END'
BEGIN;
UPDATE platform.application SET state = 'approved', approved_at = now(),
    answer_message = E'Bonjour,\n\nvenez lundi à 9 h, avec de bonnes chaussures.'
WHERE id = (
    SELECT a.id FROM platform.application a JOIN platform.account s ON s.id = a.student_id
    WHERE a.state = 'submitted' AND s.email IS NOT NULL AND s.discarded_at IS NULL ORDER BY a.submitted_at DESC LIMIT 1)
RETURNING id AS application, student_id AS pupil \gset
SELECT relais.enqueue('application.decision-notice',
    jsonb_build_object('application_id', :application, 'recipient_id', :pupil), subject => :pupil);
COMMIT;
END
    )
}

# The latest application that waits.
submit() {
    ids[application.submitted-notice]=$(query <<'END'
SELECT relais.enqueue('application.submitted-notice', jsonb_build_object('application_id', a.id), subject => o.owner_id)
FROM platform.application a JOIN platform.offer o ON o.id = a.offer_id JOIN platform.account p ON p.id = o.owner_id
WHERE a.state = 'submitted' AND p.email IS NOT NULL AND p.discarded_at IS NULL ORDER BY a.submitted_at DESC LIMIT 1
END
    )
}

# One that waits for its time, and is cancelled by an operator: who asked for it is told.
cancel_an_export() {
    local answer id
    answer=$(post '/v1/jobs/export.offers?run_at=2099-01-01T00:00:00Z' \
        "{\"school_year\": $school_year, \"department\": \"75\", \"requested_by\": $administrator}")
    take_id export.not-prepared-notice "$answer"
    id=${ids[export.not-prepared-notice]}
    unset 'ids[export.not-prepared-notice]'
    answer=$(post "/v1/jobs/$id/cancel" '{"reason": "the demonstration shows it"}')
    [[ ${answer##*$'\n'} == 200 ]] || die "cancel $id: expected 200, got ${answer##*$'\n'}: ${answer%$'\n'*}"
}

# The file of an association, as it stands: what the platform sends is what its placements will be.
import_placements() {
    local answer
    answer=$(query -c "COPY (
            SELECT is_public::text, group_id, sector_id, department_code, type, seats, seats_used, male, female, week,
                to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS updated_at
            FROM platform.off_platform_placement WHERE association_id = 1
        ) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')" \
        | curl -sS -m 30 -K "$stack/curl.conf" -X PUT -H 'Content-Type: text/csv' --data-binary @- -w '\n%{http_code}' \
            "$api/v1/associations/1/placements")
    [[ ${answer##*$'\n'} == 202 && $answer =~ \"job\":\"([0-9a-f-]{36})\" ]] \
        || die "placements: expected 202 with a job, got ${answer##*$'\n'}: ${answer%$'\n'*}"
    ids[placements.import]=${BASH_REMATCH[1]}
}

is_done() { [[ $(query -v id="${ids[$1]}" <<<"SELECT relais.job_state(:'id')") == 'done' ]]; }

ask_for_jobs() {
    local everything="\"school_year\": $school_year, \"requested_by\": $administrator"
    asked_at=$(query -c 'SELECT clock_timestamp()')
    sign_up
    submit
    decide
    ask referent.welcome "{\"invitation_id\": $invitation}"
    # By the address that somebody typed: what is stored is the account's id.
    ask account.password-reset "{\"identifier\": \"$forgetful\"}"
    cancel_an_export
    ask export.associations "{$everything}"
    ask export.schools "{$everything, \"registered\": \"false\"}"
    ask export.offer-statistics "{$everything}"
    ask export.offers "{$everything}"
    ask application.expiry-sweep '{}'
    ask statistics.refresh '{}'
    import_placements
    # These two go on with what others have made.
    wait_until 60 'the sweep to end' is_done application.expiry-sweep || die 'the sweep has not ended in 60 s'
    ask application.reminder-sweep '{}'
    wait_until 60 'a file' is_done export.associations || die 'the export of associations has not ended in 60 s'
    take_id export.resend "$(post "/v1/exports/${ids[export.associations]}/resend" '')"
    say "demo: 3 jobs asked for in SQL, $((${#ids[@]} - 3)) over HTTP; ${#made[@]} more are made by them"
}

# One line a kind, in the order of the table: kind, id, state, ms from asking to its first claim, ms of its last attempt,
# what came of it as far as the database knows. Separated by the character 1F. Of a kind that others make, a job that
# is done, if there is one by now.
job_lines() {
    query -F $'\x1f' -v ids="{$(listed "${ids[@]}")}" -v kinds="{$(listed "${kinds[@]}")}" -v made="{$(listed "${made[@]}")}" \
        -v since="$asked_at" <<'SQL'
WITH wanted AS (SELECT * FROM unnest(:'kinds'::text[]) WITH ORDINALITY AS w (kind, place)),
known AS (
    SELECT id, kind, state, NULL AS reason, NULL::jsonb AS result, created_at, first_claimed_at, claimed_at,
        NULL::timestamptz AS finished_at FROM relais.job
    UNION ALL
    SELECT id, kind, state, reason, result, created_at, first_claimed_at, claimed_at, finished_at
    FROM relais.job_finished WHERE finished_at >= :'since'
), job AS (
    SELECT DISTINCT ON (place) place, known.* FROM wanted JOIN known USING (kind)
    WHERE id = ANY (:'ids'::uuid[]) OR kind = ANY (:'made'::text[]) AND created_at >= :'since'
    ORDER BY place, CASE WHEN state = 'done' THEN 1 WHEN state IN ('pending', 'dispatched', 'running') THEN 2 END, created_at
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
        WHEN kind = 'placements.import' THEN format('%s placements of association %s replaced',
            to_char((result ->> 'rows')::int, 'FM999,999,999'), result ->> 'association_id')
        WHEN result ? 'rows' THEN format('%s, %s rows', result ->> 'file', to_char((result ->> 'rows')::int, 'FM999,999,999'))
        WHEN kind = 'application.expiry-sweep' THEN format('%s applications expired, %s pupils told so far',
            to_char((result ->> 'expired')::int, 'FM999,999,999'), (
                SELECT to_char(count(*), 'FM999,999,999') FROM relais.job_finished n
                WHERE n.kind = 'application.expired-notice' AND n.state = 'done' AND n.created_at >= job.claimed_at))
        WHEN kind = 'application.reminder-sweep' THEN format('%s owners reminded',
            to_char((result ->> 'reminded')::int, 'FM999,999,999'))
        WHEN kind = 'statistics.refresh' THEN format('%s figures of %s school years refreshed',
            (SELECT to_char(count(*), 'FM999,999,999') FROM figure WHERE at >= claimed_at),
            jsonb_array_length(result -> 'school_years'))
    END
FROM job ORDER BY place
SQL
}

# Kinds that the programs know and the table does not show.
kinds_left_out() {
    query -v kinds="{$(listed "${kinds[@]}")}" \
        <<<"SELECT name FROM relais.kind WHERE name <> ALL (:'kinds'::text[]) ORDER BY name"
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
    local table dead left
    table=$(job_lines | deploy/lib/demo-table "$RELAIS_STACK_DIRECTORY/mails") || die 'the table could not be made'
    read -ra failed <<<"${table##*failed:}"
    echo
    echo "${table%$'\n'*}"
    echo
    verdict="demo: $((job_count - ${#failed[@]})) of $job_count jobs done in $SECONDS s"
    left=$(kinds_left_out)
    [[ -z $left ]] || failed+=("no job of ${left//$'\n'/, }")
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
  a job              curl -K ${stack#"$checkout/"}/curl.conf $api/v1/jobs/${ids[export.offers]}
  a new job          curl -K ${stack#"$checkout/"}/curl.conf -H 'Content-Type: application/json' \\
                       -d '{"school_year": $school_year, "department": "75", "requested_by": $administrator}' \\
                       $api/v1/jobs/export.offers
  the database       eval "\$(deploy/stack env)"; psql -c 'SELECT kind, state, count(*) FROM relais.job_finished GROUP BY 1, 2'
  in a transaction   psql -c "BEGIN; SELECT relais.enqueue('statistics.refresh', '{\"school_year\": $school_year}'); COMMIT"
  an exported file   psql -c 'SELECT id, filename, size, rows FROM delivery.file'
  the metrics        curl http://127.0.0.1:$RELAIS_WORKERS_PORT/metrics

END
}
