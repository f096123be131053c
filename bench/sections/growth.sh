# Part of bench/side-by-side.sh, which sources it.

anonymous_mib() { awk '/^Anonymous:/ { printf "%.1f", $2 / 1024 }' "/proc/$server_pid/smaps_rollup"; }

# grown SERVER NAME OPTION...: calls of 100 clients over all keys
grown() {
    local server=$1 name=$2 line
    line=$(load_measured run "${@:3}" --duration "$DURATION" --warmup "$WARMUP") || die "$server: $name: $line"
    say "$server: $line"
    record "$server" 'op/s' "$(field ops_per_s "$line")" "$name: throughput"
    record "$server" 'us' "$(field p99_us "$line")" "$name: p99"
    record "$server" 'us' "$(field cpu_us_per_op "$line")" "$name: server CPU per call"
}

# What a store costs as it grows: calls, memory, the file, and a start after kill -9.
growth_turn() {
    local server=$1 data=$work/$1.data keys line
    for keys in $GROWTH; do
        rm -rf "$data"
        start "$server" "$data" --quota-backend-bytes 34359738368
        line=$(load_measured fill --keys "$keys") || die "$server: the fill failed: $line"
        say "$server: $line"
        record "$server" 's' "$(field seconds "$line")" "$keys keys: fill"
        grown "$server" "$keys keys: put" put --clients 100 --keys "$keys"
        grown "$server" "$keys keys: linearizable get" get --clients 100 --keys "$keys"
        grown "$server" "$keys keys: page of 100" range --clients 2 --limit 100 --keys "$keys"
        record "$server" 'MiB' "$(rss_mib)" "$keys keys: resident memory"
        record "$server" 'B' "$(awk -v m="$(anonymous_mib)" -v n="$keys" 'BEGIN { printf "%.0f", m * 1048576 / n }')" "$keys keys: anonymous memory per key"
        record "$server" 'MiB' "$(awk -v b="$(stat -c %s "$data/member/snap/db")" 'BEGIN { printf "%.0f", b / 1048576 }')" "$keys keys: database"
        kill -KILL "$server_pid"
        wait "$server_pid" 2>/dev/null || true
        server_pid=
        start "$server" "$data" --quota-backend-bytes 34359738368
        record "$server" 'ms' "$ready_ms" "$keys keys: start after kill -9"
        record "$server" 'MiB' "$(rss_mib)" "$keys keys: resident memory after the start"
        load call get --keys "$keys" --value-size "$VALUE_SIZE" >/dev/null || die "$server: a key is gone after the restart"
        stop_server
    done
    rm -rf "$data"
}
