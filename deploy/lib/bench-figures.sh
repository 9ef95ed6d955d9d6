# shellcheck shell=bash
# Sourced by the measures of deploy/bench: what a process has used, what the database says, and the verdict on a ratio.

is_so() { [[ $(query -c "SELECT $1") == t ]]; }

# status_of PID FIELD: in kB.
status_of() { awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"; }

# What a process has had of the processors, in hundredths of a second.
processor_time() {
    local line fields
    read -r line <"/proc/$1/stat"
    read -ra fields <<<"${line##*) }"
    echo $(((fields[11] + fields[12]) * 100 / $(getconf CLK_TCK)))
}

in_megabytes() { awk -v kilobytes="$1" 'BEGIN { printf "%.1f", kilobytes / 1024 }'; }

# at_most_twice WHAT MEASURED REFERENCE UNIT
at_most_twice() {
    awk -v what="$1" -v measured="$2" -v reference="$3" -v unit="$4" 'BEGIN {
        ratio = measured / reference
        printf "bench: %s %.1f %s to %.1f %s, ratio %.2f%s\n", what, measured, unit, reference, unit, ratio,
            ratio <= 2 ? "" : "  FAILED: expected at most 2"
        exit !(ratio <= 2)
    }'
}
