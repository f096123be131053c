# Part of bench/side-by-side.sh, which sources it.

large_turn() {
    local server=$1 data=$work/$1.data line began
    rm -rf "$data"
    start "$server" "$data"
    line=$(load_measured fill --keys "$KEYS") || die "$server: the fill failed: $line"
    say "$server: $line"
    record "$server" 's' "$(field seconds "$line")" "$KEYS keys: fill"
    record "$server" 'us' "$(field cpu_us_per_op "$line")" "$KEYS keys: server CPU per key filled"
    record "$server" 'MiB' "$(rss_mib)" "$KEYS keys: resident memory after the fill"
    line=$(load_measured run range --clients 2 --duration "$RANGE_SECONDS" --warmup "$WARMUP" --keys "$KEYS" --limit 100) ||
        die "$server: the ranges failed: $line"
    say "$server: $line"
    record "$server" 'us' "$(field cpu_us_per_op "$line")" "$KEYS keys: range, limit 100: server CPU per call"
    record "$server" 'us' "$(field p50_us "$line")" "$KEYS keys: range, limit 100: p50"
    began=$(date +%s%N)
    stop_server
    record "$server" 'ms' "$((($(date +%s%N) - began) / 1000000))" "$KEYS keys: stop"
    record "$server" 'MiB' "$(du -sk "$data" | awk '{ printf "%.1f", $1 / 1024 }')" "$KEYS keys: data directory"
    start "$server" "$data"
    record "$server" 'ms' "$ready_ms" "$KEYS keys: start to first answer"
    record "$server" 'MiB' "$(rss_mib)" "$KEYS keys: resident memory after the start"
    load call get --keys "$KEYS" --value-size "$VALUE_SIZE" >/dev/null || die "$server: a key is gone after the restart"
    stop_server
    rm -rf "$data"
}
