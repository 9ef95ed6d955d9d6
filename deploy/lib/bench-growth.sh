# shellcheck shell=bash
# Sourced by deploy/bench: what the processes keep of the jobs that they have done.

# enqueue_round ROUND JOBS: in bulks of as many as one call takes, each committed for itself.
enqueue_round() {
    local jobs=$2 first last
    for ((first = 1; first <= jobs; first += 10000)); do
        last=$((first + 9999 < jobs ? first + 9999 : jobs))
        echo "SELECT count(*) FROM relais.enqueue_many((SELECT jsonb_agg(jsonb_build_object("
        echo "    'kind', 'account.activation',"
        echo "    'arguments', jsonb_build_object('identifier', format('nobody-$1-%s@bench.invalid', n))))"
        echo "    FROM generate_series($first, $last) AS n));"
    done
}

all_ended() { [[ $(query -c 'SELECT NOT EXISTS (SELECT FROM relais.job)') == t ]]; }

# measure_growth ROUNDS JOBS
measure_growth() {
    local rounds=$1 jobs=$2 limit=10240 round process pid memory time took began grown outcome=0
    local -A first last spent
    for process in producer workers; do spent[$process]=$(processor_time "$(pid_of "$process")"); done
    printf '%5s %8s  %-8s %8s %8s %9s\n' round elapsed process VmRSS RssAnon processor
    for ((round = 1; round <= rounds; round++)); do
        began=$SECONDS
        enqueue_round "$round" "$jobs" | query >/dev/null
        # A job in 10 ms, and a minute for the least: a system so slow is not measured but mended.
        wait_until $((60 + jobs / 100)) "round $round" all_ended
        took=$((SECONDS - began))
        for process in producer workers; do
            pid=$(pid_of "$process") || die "$process is gone"
            memory=$(status_of "$pid" VmRSS)
            time=$(processor_time "$pid")
            printf '%5s %6s s  %-8s %5s MB %5s MB %7s s\n' "$round" "$took" "$process" "$(in_megabytes "$memory")" \
                "$(in_megabytes "$(status_of "$pid" RssAnon)")" \
                "$(awk -v ticks=$((time - spent[$process])) 'BEGIN { printf "%.1f", ticks / 100 }')"
            spent[$process]=$time
            : "${first[$process]:=$memory}"
            last[$process]=$memory
        done
    done
    for process in producer workers; do
        grown=$((last[$process] - first[$process]))
        echo "bench: $process grew by $(in_megabytes $grown) MB from round 1 to round $rounds"
        ((grown <= limit)) || outcome=1
    done
    ((outcome == 0)) || die "a process grew by more than $(in_megabytes $limit) MB: it keeps something of each job"
}
