# Part of bench/side-by-side.sh, which sources it.

readonly LARGE_VALUE=100000

megabytes_per_s() { awk -v b="$1" -v t="$2" 'BEGIN { printf "%.1f", b / 1e6 / t }'; }

# Values of 100 KB: written, read a hundred megabytes at a time, and saved as a snapshot by etcdctl.
values_turn() {
    local server=$1 data=$work/$1.data line began bytes=$((LARGE_VALUES * LARGE_VALUE))
    rm -rf "$data"
    start "$server" "$data"
    line=$(load_measured fill --keys "$LARGE_VALUES" --value-size "$LARGE_VALUE") || die "$server: the fill failed: $line"
    say "$server: $line"
    record "$server" 'MB/s' "$(megabytes_per_s "$bytes" "$(field seconds "$line")")" "values of 100 KB: put"
    line=$(load_measured run range --clients 1 --duration "$DURATION" --warmup "$WARMUP" --keys "$LARGE_VALUES" --limit 1000 --value-size "$LARGE_VALUE") ||
        die "$server: the ranges failed: $line"
    say "$server: $line"
    record "$server" 'MB/s' "$(awk -v r="$(field ops_per_s "$line")" 'BEGIN { printf "%.1f", r * 100 }')" "values of 100 KB: range of 100 MB"
    record "$server" 'MiB' "$(awk '/^VmHWM:/ { printf "%.1f", $2 / 1024 }' "/proc/$server_pid/status")" "values of 100 KB: most memory so far"
    began=$(date +%s%N)
    "$etcdctl" --endpoints "$endpoint" snapshot save "$work/saved.db" >/dev/null 2>&1 || die "$server: the snapshot failed"
    record "$server" 'MB/s' "$(megabytes_per_s "$(stat -c %s "$work/saved.db")" "$(awk -v t=$(($(date +%s%N) - began)) 'BEGIN { print t / 1e9 }')")" \
        "values of 100 KB: snapshot save"
    rm -f "$work/saved.db"
    stop_server
    rm -rf "$data"
}
