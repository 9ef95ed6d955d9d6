# shellcheck shell=bash
# Sourced by deploy/demo: lines on the terminal, and steps that take a while.

say() {
    clear_progress
    echo "$*"
}

# Joined by commas.
listed() {
    local text
    printf -v text '%s, ' "$@"
    echo "${text%, }"
}

# On a terminal one line that is written over; elsewhere nothing, as each step says when it is done.
progress() {
    [[ -t 1 ]] || return 0
    local width
    width=$(tput cols 2>/dev/null) || width=80
    printf '\r\033[K%s' "${1:0:width-1}"
}

clear_progress() { [[ ! -t 1 ]] || printf '\r\033[K'; }

# The pid of the step that is under way.
step=''

# attend NAME WHAT COMMAND…: runs it beside us, its words in NAME.log, so that Ctrl-C is heard at once and a long
# step shows that it lives.
attend() {
    local log=$stack/$1.log what=$2 start=$SECONDS told=$SECONDS outcome=0
    shift 2
    : >"$log"
    "$@" </dev/null >"$log" 2>&1 8>&- &
    step=$!
    while started_at "$step" >/dev/null; do
        progress "$what: $((SECONDS - start)) s  $(tail -n 1 "$log")"
        # Who watches a log instead of a terminal takes ten silent minutes for a hang.
        if [[ ! -t 1 ]] && ((SECONDS - told >= 60)); then
            told=$SECONDS
            say "demo: $what: $((SECONDS - start)) s so far"
        fi
        sleep 0.2
    done
    wait "$step" || outcome=$?
    step=''
    clear_progress
    if ((outcome)); then
        echo "demo: the end of $log:" >&2
        tail -n 40 "$log" >&2
        die "$what failed (exit $outcome)"
    fi
    say "demo: $what: $((SECONDS - start)) s"
}

# A step is not reached by Ctrl-C: what the shell runs in the background ignores it.
abandon_step() {
    [[ -n $step ]] || return 0
    local family
    family=$(descendants "$step")
    # shellcheck disable=SC2086 # one word per pid
    kill -TERM "$step" $family 2>/dev/null || true
    # shellcheck disable=SC2086
    wait_until 20 "stopping $doing" none_alive "$step" $family || kill -KILL "$step" $family 2>/dev/null || true
    step=''
}
