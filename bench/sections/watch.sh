# Part of bench/side-by-side.sh, which sources it.

# watched SERVER NAME OPTION...: watches that are told of puts
watched() {
    local server=$1 name=$2 line
    line=$(load_measured watch "${@:3}") || die "$server: $name: $line"
    say "$server: $line"
    record "$server" 'ev/s' "$(field events_per_s "$line")" "$name: events"
    record "$server" 'us' "$(field p50_us "$line")" "$name: put to event, p50"
    record "$server" 'us' "$(field p99_us "$line")" "$name: put to event, p99"
    record "$server" 'us' "$(field cpu_us_per_event "$line")" "$name: server CPU per event"
    record "$server" 'MiB' "$(field rss_told_mib "$line")" "$name: resident memory"
}

watch_turn() {
    local server=$1 data=$work/$1.data line
    rm -rf "$data"
    start "$server" "$data"
    line=$(load_measured watch --clients "$IDLE_WATCHERS" --connections 100 --count 0) || die "$server: idle watches: $line"
    say "$server: $line"
    record "$server" 'KiB' "$(field kib_per_watch "$line")" "$IDLE_WATCHERS idle watches: memory of each"
    stop_server
    start "$server" "$data"
    watched "$server" "$WATCHERS watchers of a key, 1 writer" --clients "$WATCHERS" --connections 10 --count 500
    watched "$server" "$WATCHERS watchers of a key, 20 writers" --clients "$WATCHERS" --connections 10 --count 3000 --writers 20
    stop_server
    start "$server" "$data"
    # 30 MB for the one that does not read.
    watched "$server" "100 watchers of a key, nobody stopped" --clients 100 --connections 10 --count 6000 --writers 5 --value-size 5000
    stop_server
    start "$server" "$data"
    watched "$server" "100 watchers of a key, one more stopped" --clients 100 --connections 10 --count 6000 --writers 5 --value-size 5000 --stopped 1
    stop_server
    rm -rf "$data"
}
