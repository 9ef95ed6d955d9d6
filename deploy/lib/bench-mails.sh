# shellcheck shell=bash
# Sourced by deploy/bench: how many mails leave in a second, beside the thinnest loop over as many connections.

rounds_of_mails=3
least_share=80

# launch_slow_server PORT: every command is answered after 5 ms, as by a server that is some way off. Not the stack's, which
# writes down each event of a conversation: that takes half as much processor time again, and there is little to spare.
launch_slow_server() {
    local stage rules=''
    for stage in connect helo mail rcpt data end; do rules+="{\"stage\": \"$stage\", \"delay_ms\": 5}, "; done
    echo "{\"rules\": [${rules%, }]}" >"$stack/smtp-rules.json"
    rm -rf "$stack/mails"
    : >"$stack/smtp.log"
    launch smtp deploy/smtp-server --port "$1" --directory "$stack/mails" --rules "$stack/smtp-rules.json"
    await_ready smtp 60 grep -q '^ready ' "$stack/smtp.log" || die 'the mail server is not ready'
}

# One account for each mail: no account gets more than five messages in an hour, and none waits for another.
make_accounts() {
    query <<SQL >/dev/null
SET client_min_messages = warning;
TRUNCATE platform.account CASCADE;
INSERT INTO platform.account (id, kind, email, first_name, last_name)
    SELECT n, 'student', 'relais-' || n || '@bench.example', 'Camille', 'B' FROM generate_series(1, $1) n;
ANALYZE platform.account;
SQL
}

set_queue() { "$programs/producer" queues "$1" activation --reason 'measuring the sending of mails' >/dev/null; }

# send_by_relais MAILS: the jobs stand in the ledger before the first may run. Prints how many were done, and the seconds
# from the act that lets them run to the end of the last.
send_by_relais() {
    set_queue pause
    query <<SQL >/dev/null
DELETE FROM delivery.token;
DELETE FROM relais.job_finished;
SELECT count(*) FROM relais.enqueue_many((SELECT jsonb_agg(jsonb_build_object(
    'kind', 'account.activation', 'arguments', jsonb_build_object('account_id', n))) FROM generate_series(1, $1) n));
VACUUM ANALYZE relais.job;
SQL
    set_queue resume
    # Waited for inside the server: asking it from here would take processor time from what is measured.
    query <<'SQL'
DO $$
BEGIN
    FOR tenth IN 1..6000 LOOP
        EXIT WHEN NOT EXISTS (SELECT FROM relais.job WHERE queue = 'activation');
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;
SELECT count(*) FILTER (WHERE state = 'done'), round(extract(epoch FROM max(finished_at) - (
    SELECT max(at) FROM relais.audit WHERE action = 'queue.resume')), 3)
FROM relais.job_finished WHERE queue = 'activation'
SQL
}

# received MAILS READERS: dies unless the server has kept so many mails, to so many different readers; forgets them.
received() {
    local files readers
    files=$(find "$stack/mails" -name '*.eml' | wc -l)
    readers=$(find "$stack/mails" -name '*.eml' -exec grep -hm 1 '^To:' {} + | sort -u | wc -l)
    find "$stack/mails" -name '*.eml' -delete
    [[ $files == "$1" && $readers == "$2" ]] || die "expected $1 mails to $2 readers, the server got $files to $readers"
}

rate() { awk -v mails="$1" -v seconds="$2" 'BEGIN { printf "%.0f", mails / seconds }'; }

# measure_mails MAILS CONNECTIONS
measure_mails() {
    local mails=$1 connections=$2 loop=$stack/bench-mails message=$stack/message.eml flags round loop_time done_jobs time
    local share shares=() warm_up=$((mails < 100 ? mails : 100))
    read -ra flags < <(pkg-config --cflags --libs libcurl)
    cc -O2 -pthread -o "$loop" deploy/lib/bench-mails.c "${flags[@]}"
    # What a run that was broken off has left.
    set_queue resume
    make_accounts "$mails"
    # Sessions, prepared statements and caches, before anybody looks; and a mail for the loop to send.
    send_by_relais "$warm_up" >/dev/null
    cp "$(find "$stack/mails" -name '*.eml' -print -quit)" "$message"
    received "$warm_up" "$warm_up"
    echo "bench: $mails mails of $(stat -c %s "$message") bytes over $connections connections, each command answered after 5 ms"
    for ((round = 1; round <= rounds_of_mails; round++)); do
        loop_time=$("$loop" "$RELAIS_SMTP_URL/bench.example" "$connections" "$mails" "$message") || die 'the loop failed'
        received "$mails" 1
        IFS='|' read -r done_jobs time < <(send_by_relais "$mails")
        [[ $done_jobs == "$mails" ]] || die "$done_jobs of $mails jobs were done"
        received "$mails" "$mails"
        share=$(awk -v loop="$loop_time" -v relais="$time" 'BEGIN { printf "%.1f", 100 * loop / relais }')
        shares+=("$share")
        echo "bench: round $round: the loop sends $(rate "$mails" "$loop_time") mails a second," \
            "Relais $(rate "$mails" "$time"), which is $share %"
    done
    share=$(printf '%s\n' "${shares[@]}" | sort -n | sed -n "$((rounds_of_mails / 2 + 1))p")
    echo "bench: Relais sends $share % of what the loop sends, in the median"
    awk -v share="$share" -v least="$least_share" 'BEGIN { exit share < least }' \
        || die "expected at least $least_share %: mails wait for something other than the mail server"
}
