# shellcheck shell=bash
# Sourced by deploy/stack: where the stack lives, its block of ports, and processes known by pid.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
name=${RELAIS_STACK:-stack}
stack=$checkout/.local/$name

die() {
    echo "deploy: $*" >&2
    exit 1
}

[[ $name =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || die "RELAIS_STACK: expected a name of a-z, 0-9 and -, got '$name'"

# A stack has an identity that outlives `reset`, so that clients configured from `env` find it again:
# its ports, RabbitMQ's node name (the data directory belongs to it) and RabbitMQ's password.
base='' node='' password=''

read_identity() {
    [[ -r $stack/identity ]] || return 1
    # shellcheck source=/dev/null
    . "$stack/identity"
    postgres_port=$base amqp_port=$((base + 1)) management_port=$((base + 2)) prometheus_port=$((base + 3))
    distribution_port=$((base + 4)) epmd_port=$((base + 5)) smtp_port=$((base + 6)) ctl_port=$((base + 7))
    amqps_port=$((base + 9))
}

write_identity() {
    [[ $base =~ ^[0-9]{4,5}$ && $base -ge 1024 && $base -le 65516 ]] \
        || die "RELAIS_PORT_BASE: expected a port from 1024 to 65516, the first of 20, got '$base'"
    mkdir -p "$stack"
    [[ -n $node ]] || node=relais-$(cksum <<<"$stack" | cut -d' ' -f1)@localhost
    [[ -n $password ]] || password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf 'base=%s\nnode=%s\npassword=%s\n' "$base" "$node" "$password" >"$stack/identity.new")
    mv "$stack/identity.new" "$stack/identity"
    read_identity
}

answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first port of the block that someone holds, or nothing.
taken_port() {
    local port
    for ((port = $1; port < $1 + 10; port++)); do
        if answers "$port"; then
            echo "$port"
            return
        fi
    done
}

# Called with no server of ours running: keeps the remembered block, or finds one that nobody listens on.
# The default depends on the path, so that checkouts side by side do not meet; all blocks lie below the
# kernel's ephemeral ports, where an outgoing connection may sit on any number.
choose_ports() {
    read_identity || true
    local wanted=${RELAIS_PORT_BASE:-} taken slot tried
    if [[ -n $wanted ]]; then
        base=$wanted
        write_identity
        taken=$(taken_port "$base")
        [[ -z $taken ]] || die "port $taken of the block RELAIS_PORT_BASE=$base is taken: choose another, or leave it unset"
        return
    fi
    [[ -n $base ]] || base=$((20000 + $(cksum <<<"$stack" | cut -d' ' -f1) % 300 * 20))
    slot=$(((base - 20000) / 20))
    for ((tried = 0; tried < 300; tried++)); do
        if [[ -z $(taken_port "$base") ]]; then
            write_identity
            return
        fi
        base=$((20000 + (slot + tried + 1) % 300 * 20))
    done
    die "no block of 20 ports is free between 20000 and 26000: set RELAIS_PORT_BASE"
}

# A pid alone may belong to a stranger by now: its start time makes it ours.
started_at() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    local fields
    read -ra fields <<<"${line##*) }"
    [[ ${fields[0]} != Z ]] || return 1
    echo "${fields[19]}"
}

remember_pid() { echo "$2 $(started_at "$2" || echo gone)" >"$stack/$1.pid"; }

pid_of() {
    local pid start
    read -r pid start 2>/dev/null <"$stack/$1.pid" || return 1
    [[ $(started_at "$pid") == "$start" ]] || return 1
    echo "$pid"
}

# wait_until SECONDS WHAT COMMAND…: 0 when the command succeeds, 1 (with a word) when the time is up.
wait_until() {
    local limit=$1 what=$2 start=$SECONDS
    shift 2
    until "$@"; do
        if ((SECONDS - start >= limit)); then
            echo "deploy: $what timed out after $limit s" >&2
            return 1
        fi
        sleep 0.1
    done
}

gone() { ! pid_of "$1" >/dev/null; }

# launch SERVER COMMAND…: in a session of its own, so that Ctrl-C at the caller's terminal does not reach it.
launch() {
    local server=$1 fd
    shift
    (
        # Nothing inherited: the lock would stay held as long as the server lives, and a program that runs
        # deploy/stack and waits for the end of its pipes would wait as long.
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd < 3 || fd == 255)) || eval "exec $fd>&-" # 255 is bash's own, closed by exec
        done
        # A caller's thread may block signals (Swift's do), and a server that inherits that cannot be stopped.
        exec env --default-signal setsid "$@"
    ) </dev/null >>"$stack/$server.log" 2>&1 &
    remember_pid "$server" $!
}

# await_ready SERVER SECONDS COMMAND…: fails at once, with the log's tail, when the process dies.
await_ready() {
    local server=$1 limit=$2 start=$SECONDS
    shift 2
    until "$@"; do
        if gone "$server" || ((SECONDS - start >= limit)); then
            local why="did not answer within $limit s"
            gone "$server" && why="ended while starting"
            echo "deploy: $server $why; the end of $stack/$server.log:" >&2
            tail -n 25 "$stack/$server.log" >&2
            return 1
        fi
        sleep 0.1
    done
}

# terminate SERVER SIGNAL SECONDS: the polite signal, and the last one when the time is up.
terminate() {
    local server=$1 pid
    pid=$(pid_of "$server") || return 0
    kill "-$2" "$pid" 2>/dev/null || true
    if ! wait_until "$3" "stopping $server" gone "$server"; then
        kill_now "$server"
    fi
}

# Everything at once, as a power cut would: the process and all its descendants.
kill_now() {
    local pid children
    pid=$(pid_of "$1") || return 0
    kill -STOP "$pid" 2>/dev/null || true
    children=$(descendants "$pid")
    # shellcheck disable=SC2086 # one word per pid
    kill -KILL "$pid" $children 2>/dev/null || true
    # Waiting for the children too: PostgreSQL does not start while one still holds its shared memory.
    # shellcheck disable=SC2086
    wait_until 60 "killing $1" none_alive "$pid" $children
}

descendants() {
    local child
    for child in $(pgrep -P "$1"); do
        echo "$child"
        descendants "$child"
    done
}

none_alive() {
    local pid
    for pid in "$@"; do
        ! started_at "$pid" >/dev/null || return 1
    done
}
