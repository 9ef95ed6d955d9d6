# shellcheck shell=bash
# Sourced by deploy/demo: the servers, the database's content, producer and workers.

programs=(producer workers)
# Servers that this demo starts, and therefore stops.
servers_to_stop=()

note_servers() {
    local server running
    running=" $(deploy/stack status 2>/dev/null | awk '$4 == "running" { printf "%s ", $1 }' || true)"
    for server in postgres rabbitmq smtp; do
        [[ $running == *" $server "* ]] || servers_to_stop+=("$server")
    done
}

stop_servers() {
    local server
    for server in "${servers_to_stop[@]}"; do
        deploy/stack stop "$server" >/dev/null || say "demo: $server did not stop: deploy/stack status"
    done
}

# A demo that was killed could not stop its programs; they would take the jobs of this one.
stop_left_behind() {
    local program
    for program in "${programs[@]}"; do
        gone "$program" || say "demo: stopping $program, left behind by an earlier demo"
    done
    stop_programs
}

# Workers first: what they finish may still need the producer's relay, and nothing needs theirs.
stop_programs() {
    terminate workers TERM 45
    terminate producer TERM 30
}

programs_alive() { [[ -z $(dead_programs) ]]; }

dead_programs() {
    local program dead=()
    for program in "${programs[@]}"; do
        ! gone "$program" || dead+=("$program")
    done
    ((${#dead[@]} == 0)) || listed "${dead[@]}"
}

tail_logs() {
    local program
    for program in "${programs[@]}"; do
        echo "--- the end of $stack/$program.log"
        tail -n 20 "$stack/$program.log"
    done
}

build() {
    # SwiftPM writes the traits of a package in the random order of a set: a new plan would compile Hummingbird again.
    local -x SWIFT_DETERMINISTIC_HASHING=1
    attend build-producer 'building producer' swift build -c release --product producer
    attend build-workers 'building workers' swift build -c release --product workers
}

query() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }

prepare_database() {
    attend migrate 'migrating' .build/release/producer migrate
    query -1 -f deploy/platform/schema.sql -f deploy/platform/statistics-triggers.sql >"$stack/schema.log" 2>&1 || {
        tail -n 20 "$stack/schema.log" >&2
        die 'schema platform could not be made'
    }
    # What an earlier demo left undone names rows that are about to be replaced. Ended like any cancelled job, so that
    # messages about it are recognised as stale.
    query >/dev/null <<'END'
WITH undone AS (DELETE FROM relais.job RETURNING *)
INSERT INTO relais.job_finished (id, kind, queue, state, reason, arguments, subject, run_at, deadline, attempt, failures,
    crashes, snoozes, created_at, dispatched_at, first_claimed_at, claimed_at, traceparent)
SELECT id, kind, queue, 'cancelled', 'data-replaced', arguments, subject, run_at, deadline, attempt, failures,
    crashes, snoozes, created_at, dispatched_at, first_claimed_at, claimed_at, traceparent FROM undone
END
}

# Made anew each time: the sweep needs applications that are overdue today, and it takes a few seconds.
make_data() {
    attend data 'making the demonstration data' deploy/platform/generate --seed "$1" --years "$2" --replace --json
    read -r school_year administrator invitation forgetful < <(/usr/bin/python3 -c '
import json, sys
data = json.load(sys.stdin)
print(data["school_year"], data["administrator"]["id"], data["pending_invitation"], data["confirmed_account"]["email"])' <"$stack/data.log")
}

# A file that only we can read, made once.
secret_file() {
    [[ -s $stack/$1 ]] || (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$stack/$1")
    echo "$stack/$1"
}

# free_port FROM: the stack leaves ten ports to whatever is run against it.
free_port() {
    local port
    for ((port = $1; port < RELAIS_STACK_FREE_PORT + 10; port++)); do
        if ! answers "$port"; then
            echo "$port"
            return
        fi
    done
    die "no port is free from $1 to $((RELAIS_STACK_FREE_PORT + 9))"
}

configure_programs() {
    RELAIS_HTTP_PORT=$(free_port "$RELAIS_STACK_FREE_PORT")
    RELAIS_WORKERS_PORT=$(free_port $((RELAIS_HTTP_PORT + 1)))
    api=http://127.0.0.1:$RELAIS_HTTP_PORT
    RELAIS_SIGNING_SECRET_FILE=$(secret_file signing-secret)
    RELAIS_SMTP_START_TLS=none
    RELAIS_MAIL_SENDER=ne-pas-repondre@monstagedetroisieme.test
    RELAIS_PUBLIC_URL=$api
    # Pages of the platform, which the demo does not have: the links show what a reader would click.
    RELAIS_ACTIVATION_URL='http://monstagedetroisieme.test/activation?jeton={token}'
    RELAIS_RESET_URL='http://monstagedetroisieme.test/mot-de-passe?jeton={token}'
    RELAIS_SIGN_UP_URL=http://monstagedetroisieme.test/inscription
    RELAIS_APPLICATIONS_URL=http://monstagedetroisieme.test/candidatures
    export RELAIS_HTTP_PORT RELAIS_WORKERS_PORT RELAIS_SIGNING_SECRET_FILE RELAIS_SMTP_START_TLS RELAIS_MAIL_SENDER \
        RELAIS_PUBLIC_URL RELAIS_ACTIVATION_URL RELAIS_RESET_URL RELAIS_SIGN_UP_URL RELAIS_APPLICATIONS_URL
    unset RELAIS_SIGNING_SECRET
}

# A new one each time: the database keeps only a hash, so the file cannot be checked against it. For curl -K, which
# keeps it off the command lines that every user of the machine can list.
make_token() {
    local producer=.build/release/producer token
    "$producer" tokens revoke demo >/dev/null 2>&1 || true
    token=$("$producer" tokens create demo --scope platform,operator 2>"$stack/token.log") || {
        cat "$stack/token.log" >&2
        die 'the API token could not be made'
    }
    (umask 077 && printf '%s\n' "$token" >"$stack/token" \
        && printf 'header = "Authorization: Bearer %s"\n' "$token" >"$stack/curl.conf")
    chmod 600 "$stack/token" "$stack/curl.conf"
}

start_programs() {
    : >"$stack/producer.log"
    : >"$stack/workers.log"
    launch producer "$checkout/.build/release/producer" serve
    launch workers "$checkout/.build/release/workers" run
    await_ready producer 60 ready "$RELAIS_HTTP_PORT" || die 'the producer is not ready'
    await_ready workers 60 ready "$RELAIS_WORKERS_PORT" || die 'the workers are not ready'
    say "demo: producer (pid $(pid_of producer)) and workers (pid $(pid_of workers)) are running"
}

ready() { curl -fsS -o /dev/null -m 3 "http://127.0.0.1:$1/health/ready" 2>/dev/null; }
